import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { sendCsv } from '../../foundation/csv-download.js'
import { editors } from '../../foundation/desk.js'
import { Invalid } from '../../foundation/errors.js'
import { refuseOtherEnds } from '../../foundation/file-name.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { type Columns, type Field, fields } from './columns.js'
import { type ImportsService, LARGEST_FILE } from './imports.js'
import type { ReaderImport } from './imports.repository.js'

export interface ImportAdminServices {
  imports: ImportsService
  site: SiteService
}

const may = { config: { may: editors } }
const path = '/admin/newsletter/readers/imports'
const Named = z.object({ id: z.uuid().catch('') })

const column = z
  .string()
  .regex(/^\d{0,4}$/)
  .catch('')
  .default('')

const ImportForm = z.object({
  ...(Object.fromEntries(fields.map(field => [`column_${field}`, column])) as Record<
    `column_${Field}`,
    typeof column
  >),
  column_email: z
    .string('Choose the column that holds the addresses.')
    .regex(/^\d{1,4}$/, 'Choose the column that holds the addresses.'),
  as: z.enum(['active', 'pending'], 'Choose one of the two.'),
  revive: z.literal('yes').optional().catch(undefined),
  source: z
    .string('Say where and how these people agreed.')
    .trim()
    .min(1, 'Say where and how these people agreed: “the list of our old system, double opt-in since 2018”.')
    .max(500, 'This is longer than 500 characters. Shorten it.'),
})
type ImportForm = z.infer<typeof ImportForm>

/** The desk's pages for taking in files of readers. */
export async function importsAdmin(scope: FastifyInstance, services: ImportAdminServices): Promise<void> {
  await scope.register(async inner => uploadPages(inner, services))
  importPages(scope, services)
}

async function uploadPages(scope: FastifyInstance, { imports, site }: ImportAdminServices): Promise<void> {
  await scope.register(multipart, { limits: { files: 1, fileSize: LARGEST_FILE, fields: 5, parts: 6 } })
  const ask = async (reply: FastifyReply, problems: Record<string, string> = {}) => {
    const { dates } = await site.site()
    return reply.desk(
      'newsletter/desk/imports',
      { title: 'Import readers', path, problems, dates, latest: await imports.latest() },
      { status: Object.keys(problems).length ? 422 : 200 },
    )
  }

  scope.get('/newsletter/readers/imports', may, async (_request, reply) => ask(reply))

  scope.post('/newsletter/readers/imports', may, async (request, reply) => {
    if (!request.isMultipart()) return ask(reply, { file: 'Choose a CSV file.' })
    const part = await request.file({ throwFileSizeLimit: false })
    if (!part?.filename) {
      part?.file.resume()
      return ask(reply, { file: 'Choose a CSV file.' })
    }
    try {
      const name = part.filename.replace(/\p{C}/gu, '').trim().slice(0, 200)
      refuseOtherEnds(name, ['csv', 'tsv', 'txt'], 'a CSV file')
      const id = await imports.receive(request.account, name, part.file, () => part.file.truncated)
      return reply.redirect(`${path}/${id}`, 303)
    } catch (error) {
      part.file.resume()
      if (error instanceof Invalid) return ask(reply, { file: error.message })
      throw error
    }
  })
}

function importPages(scope: FastifyInstance, { imports, site }: ImportAdminServices): void {
  const show = async (reply: FastifyReply, one: ReaderImport, more: object, status = 200) => {
    const { dates } = await site.site()
    return reply.desk(
      'newsletter/desk/import',
      { title: `Import: ${one.file}`, path: `${path}/${one.id}`, dates, one, fields, problems: {}, ...more },
      { status },
    )
  }

  const ask = async (
    reply: FastifyReply,
    one: ReaderImport,
    problems: Record<string, string>,
    typed: object,
  ) => show(reply, one, { asks: true, problems, typed }, Object.keys(problems).length ? 422 : 200)

  scope.get('/newsletter/readers/imports/:id', may, async (request, reply) => {
    const one = await imports.found(Named.parse(request.params).id)
    const again = z.object({ columns: z.string().optional().catch(undefined) }).parse(request.query).columns
    if (one.state === 'received' || (again !== undefined && ['checked', 'failed'].includes(one.state)))
      return ask(reply, one, {}, typedFor(one, imports.columns(one)))
    const stalled = imports.isStalled(one)
    // A page without scripts gets on by itself as well.
    if ((one.state === 'checking' || one.state === 'importing') && !stalled) reply.header('refresh', '2')
    return show(reply, one, { asks: false, stalled, listed: await imports.hasProblems(one.id) })
  })

  scope.post('/newsletter/readers/imports/:id', may, async (request, reply) => {
    const one = await imports.found(Named.parse(request.params).id)
    const read = readForm(ImportForm, request.body)
    if (read.problems) return ask(reply, one, read.problems, read.typed)
    const { as, revive, source } = read.values
    const plan = {
      columns: columnsIn(read.values),
      confirmed: as === 'active',
      revive: revive === 'yes',
      source,
    }
    await imports.check(one.id, plan)
    return reply.redirect(`${path}/${one.id}`, 303)
  })

  scope.get('/newsletter/readers/imports/:id/problems.csv', may, async (request, reply) => {
    const { id } = await imports.found(Named.parse(request.params).id)
    return sendCsv(reply, 'problems.csv', imports.readProblems(id))
  })

  scope.post('/newsletter/readers/imports/:id/start', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await imports.apply(request.account, id)
    return reply.redirect(`${path}/${id}`, 303)
  })

  scope.post('/newsletter/readers/imports/:id/continuation', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await imports.goOn(id)
    return reply.redirect(`${path}/${id}`, 303)
  })

  scope.post('/newsletter/readers/imports/:id/removal', may, async (request, reply) => {
    await imports.discard(Named.parse(request.params).id)
    return reply.said({ text: 'The file was discarded.' }).redirect(path, 303)
  })
}

function typedFor({ choices }: ReaderImport, columns: Columns): Record<string, string> {
  const chosen = Object.entries(columns).map(([field, place]) => [`column_${field}`, String(place)])
  const as = choices.confirmed === undefined ? {} : { as: choices.confirmed ? 'active' : 'pending' }
  return {
    ...Object.fromEntries(chosen),
    ...as,
    source: choices.source ?? '',
    revive: choices.revive ? 'yes' : '',
  }
}

function columnsIn(form: ImportForm): Columns {
  const columns: Columns = {}
  for (const field of fields) {
    const place = form[`column_${field}`]
    if (place !== '') columns[field] = Number(place)
  }
  return columns
}
