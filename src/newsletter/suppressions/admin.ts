import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AuditService } from '../../audit/index.js'
import type { Ids } from '../../foundation/clock.js'
import { sendCsv } from '../../foundation/csv-download.js'
import type { Database } from '../../foundation/database.js'
import { editors, owners } from '../../foundation/desk.js'
import { Conflict, Invalid } from '../../foundation/errors.js'
import { refuseOtherEnds } from '../../foundation/file-name.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { dropFolder } from '../readers/drop-folder.js'
import type { SuppressionDesk } from './desk.js'
import type { Place } from './repository.js'
import { NewSuppression } from './schema.js'
import type { SuppressionTransfer } from './transfer.js'

export interface SuppressionAdminServices {
  db: Database
  ids: Ids
  audit: AuditService
  site: SiteService
  desk: SuppressionDesk
  files: SuppressionTransfer
  dataDir: string
}

const may = { config: { may: editors } }
const path = '/admin/newsletter/suppressions'
const LARGEST_FILE = 200 * 1_048_576
const SHOWN_PROBLEMS = 100

const Named = z.object({
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .catch(''),
})
const Wanted = z.object({
  q: z.string().trim().max(254).catch('').default(''),
  after: z.string().max(400).catch('').default('').transform(placeOf),
})

interface Refusal {
  problems: Record<string, string>
  typed: Record<string, string>
}

/** The desk's pages of addresses that get no mail. */
export async function suppressionsAdmin(
  scope: FastifyInstance,
  services: SuppressionAdminServices,
): Promise<void> {
  listPages(scope, services)
  await scope.register(async inner => importPages(inner, services))
}

function listPages(scope: FastifyInstance, { db, audit, site, desk, files }: SuppressionAdminServices): void {
  const list = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => {
    const { q, after } = Wanted.parse(request.query)
    const { rows, next } = await desk.page(q, after)
    const { dates } = await site.site()
    const model = {
      title: 'Suppressions',
      path,
      dates,
      q,
      rows,
      counts: await desk.counts(),
      later: after !== undefined,
    }
    return reply.desk(
      'newsletter/desk/suppressions',
      { ...model, next: next && `${next.by}~${next.hash}`, problems: {}, typed: {}, ...refusal },
      { status: refusal ? 422 : 200 },
    )
  }

  scope.get('/newsletter/suppressions', may, async (request, reply) => list(request, reply))

  scope.post('/newsletter/suppressions', may, async (request, reply) => {
    const read = readForm(NewSuppression, request.body)
    if (read.problems) return list(request, reply, read)
    try {
      await desk.add(request.account, read.values)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      const typed = { email: read.values.email.address, note: read.values.note }
      return list(request, reply, { problems: { email: error.message }, typed })
    }
    reply.said({ text: `No mail goes to ${read.values.email.address} from now on.` })
    return reply.redirect(path, 303)
  })

  scope.post('/newsletter/suppressions/:hash/lift', may, async (request, reply) => {
    const { hash } = Named.parse(request.params)
    const { email } = await desk.lift(request.account, hash)
    reply.said({
      text: `${email} is off the list.`,
      undo: { action: `${path}/${hash}/restoration`, label: 'Put it back' },
    })
    return reply.redirect(path, 303)
  })

  scope.post('/newsletter/suppressions/:hash/restoration', may, async (request, reply) => {
    const { email } = await desk.restore(request.account, Named.parse(request.params).hash)
    reply.said({ text: `${email} is on the list again.` })
    return reply.redirect(path, 303)
  })

  scope.post('/newsletter/suppressions/export', { config: { may: owners } }, async (request, reply) => {
    await db.transaction(tx =>
      audit.record(tx, request.account, {
        action: 'exported',
        subject: { kind: 'suppressions', id: '', label: 'The suppression list' },
      }),
    )
    return sendCsv(reply, 'suppressions.csv', files.csv())
  })
}

async function importPages(
  scope: FastifyInstance,
  { db, ids, audit, files, dataDir }: SuppressionAdminServices,
): Promise<void> {
  await scope.register(multipart, { limits: { files: 1, fileSize: LARGEST_FILE, fields: 5, parts: 6 } })
  const folder = dropFolder(dataDir)
  const ask = (reply: FastifyReply, model: object = {}, status = 200) =>
    reply.desk(
      'newsletter/desk/suppressions-import',
      { title: 'Import suppressions', path, problems: {}, ...model },
      { status },
    )

  scope.get('/newsletter/suppressions/import', may, async (_request, reply) => ask(reply))

  scope.post('/newsletter/suppressions/import', may, async (request, reply) => {
    const part = request.isMultipart() ? await request.file() : undefined
    if (!part?.filename) {
      part?.file.resume()
      return ask(reply, { problems: { file: 'Choose a file.' } }, 422)
    }
    const dryRun = 'look' in part.fields
    const id = ids()
    const told: { line: number; problem: string }[] = []
    try {
      refuseOtherEnds(part.filename, ['csv', 'tsv', 'txt'], 'a list of addresses')
      await folder.keep(id, part.file)
      if (part.file.truncated)
        throw new Invalid('The file is larger than 200 MB. Send it in parts, or use the command line.')
      const counts = await files.importFrom(folder.fileOf(id), {
        ...{ dryRun, detail: 'imported at the desk' },
        onProblem: problem => void (told.length < SHOWN_PROBLEMS && told.push(problem)),
      })
      if (!dryRun)
        await db.transaction(tx =>
          audit.record(tx, request.account, {
            action: 'imported',
            subject: { kind: 'suppressions', id: '', label: 'A file of addresses that get no mail' },
            details: { ...counts },
          }),
        )
      return ask(reply, { counts, dryRun, told })
    } catch (error) {
      part.file.resume()
      if (!(error instanceof Invalid)) throw error
      return ask(reply, { problems: { file: error.message } }, 422)
    } finally {
      await folder.remove(id)
    }
  })
}

function placeOf(text: string): Place | undefined {
  const at = text.lastIndexOf('~')
  return at > 0 ? { by: text.slice(0, at), hash: text.slice(at + 1) } : undefined
}
