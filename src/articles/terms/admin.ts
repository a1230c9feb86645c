import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { editors, type MenuEntry } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { MediaService } from '../../media/index.js'
import { profileAdmin } from './profile.admin.js'
import { AuthorForm, NewTermForm, SectionForm, TagForm, type TermKind } from './schema.js'
import { Refused, type TermsService } from './service.js'

export interface TermsAdminServices {
  terms: TermsService
  media: MediaService
}

export const termsMenu: readonly MenuEntry[] = [
  { label: 'Sections, tags, authors', path: '/admin/sections', may: editors },
  { label: 'My profile', path: '/admin/authors/mine', may: ['author', 'contributor'] },
]

const may = { config: { may: editors } }
const Named = z.object({ id: z.string() })
const Wanted = z.object({
  q: z.string().max(120).catch('').default(''),
  after: z.string().max(200).catch('').default(''),
  unused: z.literal('yes').optional().catch(undefined),
})
const Merge = z.object({
  into: z
    .string()
    .trim()
    .min(1, 'Say into which one.')
    .max(300, 'Enter its name or its address as the list shows it.'),
  sure: z.string().optional(),
})

/** What the pages call each kind. */
const kinds = [
  { kind: 'section', path: '/admin/sections', public: '/sections', title: 'Sections' },
  { kind: 'tag', path: '/admin/tags', public: '/tags', title: 'Tags' },
  { kind: 'author', path: '/admin/authors', public: '/authors', title: 'Authors' },
] as const

type Words = (typeof kinds)[number]

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
  status?: number
}

/** The desk's pages of sections, tags and authors, below /admin. */
export function termsAdmin(scope: FastifyInstance, services: TermsAdminServices): void {
  profileAdmin(scope, services)
  for (const words of kinds) {
    listPages(scope, services, words)
    editPages(scope, services, words)
    removal(scope, services, words)
    if (words.kind !== 'section') merging(scope, services, words)
  }
}

function listPages(scope: FastifyInstance, { terms }: TermsAdminServices, words: Words): void {
  const list = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { status = 200, problems = {}, typed = {} }: Shown = {},
  ) => {
    const { q, after, unused } = Wanted.parse(request.query)
    const found = await terms.list(words.kind, { query: q.trim(), after, unused: unused === 'yes' })
    const model = { title: words.title, path: kinds[0].path, words, kinds, q, after, unused, ...found }
    return reply.desk('articles/terms/list', { ...model, problems, typed }, { status })
  }

  scope.get(words.path.slice(6), may, async (request, reply) => list(request, reply))

  scope.post(words.path.slice(6), may, async (request, reply) => {
    const read = readForm(words.kind === 'tag' ? TagForm : NewTermForm, request.body)
    if (read.problems) return list(request, reply, { ...read, status: 422 })
    try {
      const { id, name } = await add(terms, words.kind, request, read.values)
      reply.said({ text: `“${name}” was added.` })
      return reply.redirect(words.kind === 'tag' ? words.path : `${words.path}/${id}`, 303)
    } catch (error) {
      return list(request, reply, refused(error, read.values))
    }
  })
}

const noProfile = { bio: '', picture: null, pictureAlt: '', links: [], accountId: null }

async function add(
  terms: TermsService,
  kind: TermKind,
  { account }: FastifyRequest,
  named: z.infer<typeof TagForm>,
) {
  if (kind === 'section') return terms.addSection(account, { ...named, description: '' })
  if (kind === 'tag') return terms.addTag(account, named)
  return terms.addAuthor(account, { ...named, ...noProfile })
}

function editPages(scope: FastifyInstance, { terms, media }: TermsAdminServices, words: Words): void {
  const edit = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { status = 200, problems = {}, typed }: Shown = {},
  ) => {
    const { id } = Named.parse(request.params)
    const term =
      words.kind === 'section'
        ? await terms.section(id)
        : words.kind === 'tag'
          ? await terms.tag(id)
          : await terms.author(id)
    const model = {
      title: term.name,
      path: kinds[0].path,
      words,
      term,
      problems,
      typed: typed ?? typedOf(term),
      used: await terms.isUsed(words.kind, id),
      ...(words.kind === 'author' && {
        accounts: await terms.accounts(),
        ...(await pictures(media, term)),
      }),
    }
    return reply.desk('articles/terms/edit', model, { status })
  }

  scope.get(`${words.path.slice(6)}/:id`, may, async (request, reply) => edit(request, reply))

  scope.post(`${words.path.slice(6)}/:id`, may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    try {
      const saved = await save(terms, words.kind, request, id)
      if (typeof saved === 'object') return edit(request, reply, { ...saved, status: 422 })
      const moved = saved ? '; the address that it had leads to the new one' : ''
      reply.said({ text: `Saved. Readers see it at once${moved}.` })
      return reply.redirect(`${words.path}/${id}`, 303)
    } catch (error) {
      return edit(request, reply, refused(error, request.body))
    }
  })
}

/** @returns what is wrong, or whether the address moved */
async function save(terms: TermsService, kind: TermKind, { account, body }: FastifyRequest, id: string) {
  if (kind === 'section') {
    const read = readForm(SectionForm, body)
    return read.problems ? read : terms.saveSection(account, id, read.values)
  }
  if (kind === 'tag') {
    const read = readForm(TagForm, body)
    return read.problems ? read : terms.saveTag(account, id, read.values)
  }
  const read = readForm(AuthorForm, body)
  return read.problems ? read : terms.saveAuthor(account, id, read.values)
}

function removal(scope: FastifyInstance, { terms }: TermsAdminServices, { kind, path }: Words): void {
  scope.post(`${path.slice(6)}/:id/removal`, may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const { name } = await terms.remove(request.account, kind, id)
    reply.said({
      text: `“${name}” was deleted.`,
      undo: { action: `${path}/${id}/restoration`, label: 'Bring it back' },
    })
    return reply.redirect(path, 303)
  })

  scope.post(`${path.slice(6)}/:id/restoration`, may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await terms.restore(request.account, kind, id)
    reply.said({ text: 'It is back.' })
    return reply.redirect(`${path}/${id}`, 303)
  })
}

function merging(
  scope: FastifyInstance,
  { terms }: TermsAdminServices,
  words: Exclude<Words, { kind: 'section' }>,
): void {
  scope.post(`${words.path.slice(6)}/:id/merge`, may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const from = words.kind === 'tag' ? await terms.tag(id) : await terms.author(id)
    const ask = (more: object, status = 200) =>
      reply.desk(
        'articles/terms/merge',
        { title: 'Merge', path: kinds[0].path, words, from, ...more },
        { status },
      )
    const read = readForm(Merge, request.body)
    if (read.problems) return ask({ ...read, into: undefined }, 422)
    try {
      const into = await terms.meant(words.kind, read.values.into)
      if (into.id === id) throw new Refused('into', 'Choose another one than itself.')
      if (read.values.sure !== 'yes') return ask({ into, problems: {}, typed: read.values })
      await terms.merge(request.account, words.kind, id, into.id)
      reply.said({ text: `“${from.name}” is now part of “${into.name}”.` })
      return reply.redirect(`${words.path}/${into.id}`, 303)
    } catch (error) {
      return ask({ ...refused(error, read.values), into: undefined }, 422)
    }
  })
}

/** A form to show again for a value that cannot be used; whatever else went wrong is thrown on. */
export function refused(error: unknown, values: unknown): Required<Shown> {
  if (!(error instanceof Refused)) throw error
  const typed = z.record(z.string(), z.string()).catch({}).parse(values)
  return { problems: { [error.field]: error.message }, typed, status: 422 }
}

/** A term as its form holds it. */
export function typedOf(term: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(term).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(({ label, url }) => `${label} ${url}`).join('\n') : (value ?? ''),
    ]),
  )
}

/** A profile's portrait, and what could take its place. */
export async function pictures(media: MediaService, profile: object) {
  const { picture } = z.object({ picture: z.string().nullish() }).parse(profile)
  const chosen = picture ? [picture] : []
  const portrait = (await media.byIds(chosen)).get(picture ?? '')
  return { pictures: await media.recent(chosen, 50), portrait }
}
