import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AuditService } from '../../audit/index.js'
import { sendCsv } from '../../foundation/csv-download.js'
import type { Database } from '../../foundation/database.js'
import { editors, owners } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import { limiter } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import type { SiteService } from '../../site/index.js'
import type { OfferedSections } from '../offered-sections.js'
import { type CareService, Refused } from './care.js'
import type { ListService } from './list.js'
import { ListQuery, NewReaderForm, ReaderForm, ReasonForm } from './schema.js'
import type { ReadersService } from './service.js'

export interface ReadersAdminServices {
  db: Database
  audit: AuditService
  memory: Memory
  site: SiteService
  list: ListService
  care: CareService
  readers: ReadersService
  offered: OfferedSections
}

const may = { config: { may: editors } }
const path = '/admin/newsletter/readers'
const HOUR = 3_600_000

const Named = z.object({ id: z.string().max(64) })
const MailsBefore = z.object({ before: z.coerce.number().int().positive().optional().catch(undefined) })

interface Refusal {
  problems: Record<string, string>
  typed: Record<string, unknown>
}

/** The desk's pages of readers: the list, one reader, what is done for one. */
export function readersAdmin(scope: FastifyInstance, services: ReadersAdminServices): void {
  listPages(scope, services)
  readerPages(scope, services)
  readerDeeds(scope, services)
}

function listPages(
  scope: FastifyInstance,
  { db, audit, site, list, care, readers, offered }: ReadersAdminServices,
): void {
  scope.get('/newsletter/readers', may, async (request, reply) => {
    const query = ListQuery.parse(request.query)
    const { dates } = await site.site()
    return reply.desk('newsletter/desk/readers', {
      ...{ title: 'Readers', path, wide: true, query, dates },
      linkTo: (change: Partial<Record<keyof ListQuery, string>>) => linkTo(query, change),
      narrowed: Boolean(query.q || query.frequency || query.section || query.from || query.to),
      sections: await offered(),
      growth: await list.growth(query.span),
      ...(await list.page(query)),
    })
  })

  scope.post('/newsletter/readers/export', { config: { may: owners } }, async (request, reply) => {
    await db.transaction(tx =>
      audit.record(tx, request.account, {
        action: 'exported',
        subject: { kind: 'readers', id: '', label: 'All readers' },
      }),
    )
    return sendCsv(reply, 'readers.csv', readers.csv())
  })

  const ask = async (reply: FastifyReply, { problems, typed }: Refusal = { problems: {}, typed: {} }) =>
    reply.desk(
      'newsletter/desk/new-reader',
      { title: 'Add a reader', path: `${path}/new`, problems, typed, sections: await offered() },
      { status: Object.keys(problems).length ? 422 : 200 },
    )

  scope.get('/newsletter/readers/new', may, async (_request, reply) => ask(reply))

  scope.post('/newsletter/readers/new', may, async (request, reply) => {
    const read = readForm(NewReaderForm, request.body)
    if (read.problems) return ask(reply, { ...read, typed: typedIn(request) })
    try {
      const id = await care.add(request.account, read.values)
      const text =
        read.values.mode === 'active' ? 'The reader is on the list.' : 'A mail asks the reader to confirm.'
      return reply.said({ text }).redirect(`${path}/${id}`, 303)
    } catch (error) {
      return ask(reply, refusal(error, request))
    }
  })
}

function readerPages(scope: FastifyInstance, { site, care, offered }: ReadersAdminServices): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, refused?: Refusal) => {
    const { id } = Named.parse(request.params)
    const { before } = MailsBefore.parse(request.query)
    const { dates } = await site.site()
    const record = await care.record(id, before)
    const { reader, sections } = record
    return reply.desk(
      'newsletter/desk/reader',
      {
        ...{ title: reader.email, path: `${path}/${id}`, dates, before, ...record },
        chosen: sections,
        sections: await offered(),
        problems: refused?.problems ?? {},
        typed: refused?.typed ?? { name: reader.name, frequency: reader.frequency, sections },
      },
      { status: refused ? 422 : 200 },
    )
  }

  scope.get('/newsletter/readers/:id', may, async (request, reply) => show(request, reply))

  scope.post('/newsletter/readers/:id', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const read = readForm(ReaderForm, request.body)
    if (read.problems) return show(request, reply, { ...read, typed: typedIn(request) })
    try {
      await care.change(request.account, id, read.values)
      return reply.said({ text: 'Saved.' }).redirect(`${path}/${id}`, 303)
    } catch (error) {
      return show(request, reply, refusal(error, request))
    }
  })

  const withReason = (what: string, act: (request: FastifyRequest, reason: string) => Promise<string>) =>
    scope.post(`/newsletter/readers/:id/${what}`, may, async (request, reply) => {
      const read = readForm(ReasonForm, request.body)
      if (read.problems) return show(request, reply, { problems: read.problems, typed: typedIn(request) })
      const text = await act(request, read.values.reason)
      return reply.said({ text }).redirect(`${path}/${Named.parse(request.params).id}`, 303)
    })

  withReason('suppression', async ({ account, params }, reason) => {
    await care.suppress(account, Named.parse(params).id, reason)
    return 'No mail goes to this address any more.'
  })
  withReason('lift', async ({ account, params }, reason) => {
    await care.lift(account, Named.parse(params).id, reason)
    return 'Mail may go to this address again.'
  })
}

function readerDeeds(scope: FastifyInstance, { care, memory }: ReadersAdminServices): void {
  // So that nobody's inbox is filled from the desk, by mistake or otherwise.
  const asked = limiter({
    ...{ name: 'confirmations asked for', max: 3, windowMs: 24 * HOUR, memory },
    message: 'This reader was asked to confirm three times within a day. Try again tomorrow.',
  })

  scope.post('/newsletter/readers/:id/departure', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await care.unsubscribe(request.account, id)
    const undo = { action: `${path}/${id}/return`, label: 'Bring back' }
    return reply.said({ text: 'The reader is off the list.', undo }).redirect(`${path}/${id}`, 303)
  })

  scope.post('/newsletter/readers/:id/return', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await care.resubscribe(request.account, id)
    return reply.said({ text: 'The reader is on the list as before.' }).redirect(`${path}/${id}`, 303)
  })

  scope.post('/newsletter/readers/:id/confirmation', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await asked(id)
    await care.confirmAgain(request.account, id)
    return reply.said({ text: 'A new mail asks the reader to confirm.' }).redirect(`${path}/${id}`, 303)
  })

  scope.post('/newsletter/readers/:id/erasure', may, async (request, reply) => {
    await care.erase(request.account, Named.parse(request.params).id)
    return reply
      .said({ text: 'The reader is erased, and will not be brought back by an import.' })
      .redirect(path, 303)
  })
}

function refusal(error: unknown, request: FastifyRequest): Refusal {
  if (!(error instanceof Refused)) throw error
  return { problems: { [error.field]: error.message }, typed: typedIn(request) }
}

function typedIn({ body }: FastifyRequest): Record<string, unknown> {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  return { ...fields, sections: [fields.sections ?? []].flat() }
}

/** The address of a list like this one but for a change; its first page. */
function linkTo(query: ListQuery, change: Partial<Record<keyof ListQuery, string>>): string {
  const { q, state, frequency, section, from, to, span } = query
  const fields = {
    ...{ q, state, frequency, section, from, to },
    span: span === 90 ? '' : String(span),
    ...change,
  }
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value) search.set(name, String(value))
  return search.size ? `${path}?${search}` : path
}
