import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sendCsv } from '../foundation/csv-download.js'
import { editors, type MenuEntry } from '../foundation/desk.js'
import { Invalid, TooLarge } from '../foundation/errors.js'
import { refuseOtherEnds } from '../foundation/file-name.js'
import { readForm } from '../foundation/form.js'
import { type ImportsService, MOST_LINES } from './imports.js'
import { RedirectForm } from './schema.js'
import { type RedirectsService, Refused } from './service.js'

export interface RedirectAdminServices {
  redirects: RedirectsService
  imports: ImportsService
}

export const redirectsMenu: readonly MenuEntry[] = [
  { label: 'Redirects', path: '/admin/redirects', may: editors },
]

const may = { config: { may: editors } }
const LARGEST_FILE = 30 * 1_048_576
const Named = z.object({ id: z.string() })
const Wanted = z.object({
  q: z.string().max(300).catch('').default(''),
  after: z.string().max(2_000).catch('').default(''),
})

type Refusal = { problems: Record<string, string>; typed: Record<string, string> }
type Made = Awaited<ReturnType<RedirectsService['add']>>

/** The desk's pages of redirects, below /admin. */
export async function redirectsAdmin(scope: FastifyInstance, services: RedirectAdminServices): Promise<void> {
  const { redirects } = services
  const list = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => {
    const { q, after } = Wanted.parse(request.query)
    const found = await redirects.list({ after, query: q.trim() })
    const model = { title: 'Redirects', path: '/admin/redirects', q, after, ...found }
    return reply.desk(
      'redirects/list',
      { ...model, problems: {}, typed: {}, ...refusal },
      { status: refusal ? 422 : 200 },
    )
  }

  scope.get('/redirects', may, async (request, reply) => list(request, reply))

  scope.post('/redirects', may, async (request, reply) => {
    const made = await attempt(request, form => redirects.add(request.account, form))
    if ('problems' in made) return list(request, reply, made)
    reply.said({ text: sentence(made) })
    return reply.redirect('/admin/redirects', 303)
  })

  const edit = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => {
    const redirect = await redirects.redirect(Named.parse(request.params).id)
    const typed = { from: redirect.from, to: redirect.to }
    const model = { title: 'Change a redirect', path: '/admin/redirects', redirect, problems: {}, typed }
    return reply.desk('redirects/edit', { ...model, ...refusal }, { status: refusal ? 422 : 200 })
  }

  scope.get('/redirects/:id', may, async (request, reply) => edit(request, reply))

  scope.post('/redirects/:id', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const made = await attempt(request, form => redirects.change(request.account, id, form))
    if ('problems' in made) return edit(request, reply, made)
    reply.said({ text: sentence(made) })
    return reply.redirect('/admin/redirects', 303)
  })

  scope.post('/redirects/:id/removal', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const { from } = await redirects.remove(request.account, id)
    reply.said({
      text: `${shortened(from)} leads nowhere now.`,
      undo: { action: `/admin/redirects/${id}/restoration`, label: 'Bring it back' },
    })
    return reply.redirect('/admin/redirects', 303)
  })

  scope.post('/redirects/:id/restoration', may, async (request, reply) => {
    await redirects.restore(request.account, Named.parse(request.params).id)
    reply.said({ text: 'The redirect is back.' })
    return reply.redirect('/admin/redirects', 303)
  })

  scope.get('/redirects/export.csv', may, async (_request, reply) =>
    sendCsv(reply, 'redirects.csv', csvOf(redirects)),
  )

  await scope.register(async inner => importPages(inner, services))
}

async function importPages(scope: FastifyInstance, { imports }: RedirectAdminServices): Promise<void> {
  await scope.register(multipart, { limits: { files: 1, fileSize: LARGEST_FILE, fields: 5, parts: 6 } })
  const ask = (reply: FastifyReply, problems: Record<string, string> = {}) =>
    reply.desk(
      'redirects/import',
      { title: 'Import redirects', path: '/admin/redirects', problems, most: MOST_LINES },
      { status: Object.keys(problems).length ? 422 : 200 },
    )

  scope.get('/redirects/import', may, async (_request, reply) => ask(reply))

  scope.post('/redirects/import', may, async (request, reply) => {
    if (!request.isMultipart()) return ask(reply, { file: 'Choose a CSV file.' })
    const part = await request.file()
    if (!part?.filename) {
      part?.file.resume()
      return ask(reply, { file: 'Choose a CSV file.' })
    }
    try {
      refuseOtherEnds(part.filename, ['csv', 'txt'], 'a CSV file')
      const id = await imports.dryRun(request.account, part.file)
      if (part.file.truncated) {
        await imports.discard(request.account, id)
        throw new TooLarge('The file is larger than 30 MB. Send it in parts.')
      }
      return reply.redirect(`/admin/redirects/imports/${id}`, 303)
    } catch (error) {
      part.file.resume()
      if (error instanceof Invalid) return ask(reply, { file: error.message })
      throw error
    }
  })

  scope.get('/redirects/imports/:id', may, async (request, reply) => {
    const found = await imports.found(request.account, Named.parse(request.params).id)
    return reply.desk('redirects/dry-run', { title: 'Import redirects', path: '/admin/redirects', ...found })
  })

  scope.post('/redirects/imports/:id', may, async (request, reply) => {
    const count = await imports.apply(request.account, Named.parse(request.params).id)
    reply.said({
      text: `${count.toLocaleString('en')} ${count === 1 ? 'redirect was' : 'redirects were'} taken in.`,
    })
    return reply.redirect('/admin/redirects', 303)
  })

  scope.post('/redirects/imports/:id/removal', may, async (request, reply) => {
    await imports.discard(request.account, Named.parse(request.params).id)
    reply.said({ text: 'The file was discarded; nothing was changed.' })
    return reply.redirect('/admin/redirects', 303)
  })
}

async function attempt(
  request: FastifyRequest,
  work: (form: RedirectForm) => Promise<Made>,
): Promise<Made | Refusal> {
  const read = readForm(RedirectForm, request.body)
  if (read.problems) return read
  try {
    return await work(read.values)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { problems: { [error.field]: error.message }, typed: { ...read.values } }
  }
}

function sentence({ redirect, via, shortened: others, stands }: Made): string {
  return [
    `${shortened(redirect.from)} leads to ${shortened(redirect.to)} now.`,
    via.length ? `It goes there straight, since ${via.map(shortened).join(' and ')} led on.` : '',
    others ? `What led to ${shortened(redirect.from)} goes straight there too.` : '',
    stands ? 'A page stands at this address, so readers see that as long as it does.' : '',
  ]
    .filter(Boolean)
    .join(' ')
}

// What is said travels in a cookie, which holds 4 KB.
function shortened(address: string): string {
  return address.length > 120 ? `${address.slice(0, 119)}…` : address
}

async function* csvOf(redirects: RedirectsService): AsyncGenerator<string> {
  yield 'from,to\r\n'
  for await (const batch of redirects.all())
    yield batch.map(({ from, to }) => `${cell(from)},${cell(to)}\r\n`).join('')
}

// RFC 4180. Both begin with a slash or with https, so no spreadsheet takes one for a formula.
function cell(text: string): string {
  return /[",\r\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
