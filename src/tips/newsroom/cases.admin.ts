import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import { Invalid } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import type { CasesService } from './cases.js'
import { AssignmentForm, InboxQuery, ShreddingForm, StateForm } from './cases.schema.js'

export interface CasesAdminServices {
  cases: CasesService
  site: SiteService
  /** to whom everything of the newsroom's is sealed now; nobody means that the tip line is closed */
  recipients(): Promise<string[]>
}

const may = { config: { may: editors } }
const path = '/admin/tips'
const MOST_BYTES = 262_144

const Named = z.object({ id: z.string().max(64) })
const idIn = (request: FastifyRequest): string => Named.parse(request.params).id

/** The inbox, a tip's own page, and what is done with a tip. All of it is ciphertext here: browsers open it. */
export function casesAdmin(scope: FastifyInstance, services: CasesAdminServices): void {
  const { cases, site } = services

  scope.get('/tips', may, async (request, reply) => {
    const query = InboxQuery.parse(request.query)
    const { dates } = await site.site()
    return reply.desk('tips/desk/inbox', {
      ...{ title: 'Tips', path, scripts: ['tip-inbox.js'], query, dates },
      linkTo: (change: Record<string, string>) => linkTo(query, change),
      counts: await cases.counts(query, request.account),
      closed: (await services.recipients()).length === 0,
      holdsKey: await cases.holdsKey(request.account),
      ...(await cases.page(query, request.account)),
    })
  })

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    problems: Record<string, string> = {},
  ): Promise<FastifyReply> => {
    const { dates } = await site.site()
    const tip = await cases.one(idIn(request))
    const holdsKey = await cases.holdsKey(request.account)
    return reply.desk(
      'tips/desk/case',
      {
        ...{ title: `Tip ${tip.name}`, path: `${path}/${tip.id}`, scripts: ['tip-inbox.js'] },
        ...{ tip, dates, holdsKey, problems },
      },
      { status: Object.keys(problems).length ? 422 : 200 },
    )
  }

  scope.get('/tips/:id', may, async (request, reply) => show(request, reply))

  caseDeeds(scope, services, show)
  scope.register(async inner => writings(inner, services))
}

/** Forms of a tip's page; without scripts they work as well. */
function caseDeeds(
  scope: FastifyInstance,
  { cases }: CasesAdminServices,
  show: (
    request: FastifyRequest,
    reply: FastifyReply,
    problems: Record<string, string>,
  ) => Promise<FastifyReply>,
): void {
  const done = (request: FastifyRequest, reply: FastifyReply, text: string) =>
    reply.said({ text }).redirect(`${path}/${idIn(request)}`, 303)

  scope.post('/tips/:id/state', may, async (request, reply) => {
    const read = readForm(StateForm, request.body)
    if (read.problems) return show(request, reply, read.problems)
    const { values } = read
    await cases.setState(request.account, idIn(request), values.state)
    return done(request, reply, `The tip is marked as ${values.state}.`)
  })

  scope.post('/tips/:id/assignment', may, async (request, reply) => {
    const read = readForm(AssignmentForm, request.body)
    if (read.problems) return show(request, reply, read.problems)
    const { values } = read
    try {
      await cases.assign(request.account, idIn(request), values.assigned)
    } catch (error) {
      if (error instanceof Invalid) return show(request, reply, { assigned: error.message })
      throw error
    }
    return done(
      request,
      reply,
      values.assigned ? 'The tip has somebody who sees to it.' : 'Nobody sees to the tip now.',
    )
  })

  scope.post('/tips/:id/pin', may, async (request, reply) => {
    await cases.pin(request.account, idIn(request), true)
    return done(request, reply, 'The tip is pinned: it is kept until somebody unpins or shreds it.')
  })

  scope.post('/tips/:id/unpin', may, async (request, reply) => {
    await cases.pin(request.account, idIn(request), false)
    return done(
      request,
      reply,
      'The tip is not pinned any more: it is kept for its time, and for a week in any case.',
    )
  })

  scope.post('/tips/:id/shredding', may, async (request, reply) => {
    const { problems } = readForm(ShreddingForm, request.body)
    if (problems) return show(request, reply, problems)
    await cases.shred(request.account, idIn(request))
    return reply.said({ text: 'The tip is shredded.' }).redirect(path, 303)
  })

  scope.post('/tips/:id/opening', may, async (request, reply) => {
    await cases.opened(request.account, idIn(request))
    return reply.redirect(`${path}/${idIn(request)}`, 303)
  })
}

/** What a browser has sealed comes as the bytes of one age file. */
function writings(scope: FastifyInstance, { cases }: CasesAdminServices): void {
  const bytes = { parseAs: 'buffer', bodyLimit: MOST_BYTES } as const
  scope.addContentTypeParser('application/octet-stream', bytes, (_request, body, done) => done(null, body))

  for (const kind of ['reply', 'note'] as const)
    scope.post(`/tips/:id/${kind === 'reply' ? 'replies' : 'notes'}`, may, async (request, reply) => {
      if (!Buffer.isBuffer(request.body))
        throw new Invalid('This is sealed in the browser that writes it, which needs scripts.')
      await cases.write(request.account, idIn(request), kind, request.body)
      const text =
        kind === 'reply' ? 'The reply is kept. The source reads it on coming back.' : 'The note is kept.'
      return reply.said({ text }).redirect(`${path}/${idIn(request)}`, 303)
    })
}

function linkTo({ state, show }: InboxQuery, change: Record<string, string>): string {
  const wanted = Object.entries<string | undefined>({ state, show, ...change })
  const said = wanted.flatMap(([name, value]) => (value ? [[name, value]] : []))
  return said.length ? `${path}?${new URLSearchParams(said)}` : path
}
