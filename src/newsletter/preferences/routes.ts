import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuseForeignForms } from '../../foundation/foreign-forms.js'
import { readForm } from '../../foundation/form.js'
import { limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import { chosenAmong, type OfferedSections, unknownSection } from '../offered-sections.js'
import { NewAddress, Typed, Wishes } from '../schema.js'
import { found, secretPage, tokenIn } from '../secret-page.js'
import type { ReaderTokens } from '../tokens.js'
import type { MovingService } from './moving.js'
import type { OwnReader } from './schema.js'
import type { OwnPage, PreferencesService } from './service.js'

export interface PreferencesRouteServices {
  preferences: PreferencesService
  moving: MovingService
  offered: OfferedSections
  tokens: ReaderTokens
  /** whether links of issues are counted: readers are told */
  countsClicks(): Promise<boolean>
  memory: Memory
  siteUrl: string
  /** whether requests to move are counted */
  limits: boolean
}

const HOUR = 3_600_000

/** A reader's own page. Whoever holds the link in its address is the reader. */
export async function preferencesRoutes(
  parent: FastifyInstance,
  services: PreferencesRouteServices,
): Promise<void> {
  await parent.register(async scope => {
    refuseForeignForms(scope, { siteUrl: services.siteUrl, hiddenOrigin: true })
    wishRoutes(scope, services)
    addressRoutes(scope, services)
    moveRoutes(scope, services)
    rightsRoutes(scope, services)
  })
}

function wishRoutes(scope: FastifyInstance, services: PreferencesRouteServices): void {
  const { preferences, offered, memory, limits } = services
  // Each change is noted for good, so that nobody fills the disk with them.
  const perReader = limits ? limiter({ name: 'wishes', max: 60, windowMs: HOUR, memory }) : unlimited

  scope.get('/newsletter/preferences/:token', async (request, reply) =>
    ownPage(request, reply, services, await readerOf(request, preferences)),
  )

  scope.post('/newsletter/preferences/:token', async (request, reply) => {
    const reader = await readerOf(request, preferences)
    const form = readForm(Wishes, request.body)
    const typed = Typed.parse(request.body ?? {})
    if (form.problems) return ownPage(request, reply, services, reader, { problems: form.problems, typed })
    await perReader(reader.id)
    const sectionIds = chosenAmong(await offered(), form.values.sections)
    const problems = { sections: unknownSection }
    if (!sectionIds) return ownPage(request, reply, services, reader, { problems, typed })
    await preferences.change(await preferences.of(reader), form.values, sectionIds)
    const changed = await readerOf(request, preferences)
    return ownPage(request, reply, services, changed, { said: 'Saved. The next issue follows it.' })
  })
}

function addressRoutes(scope: FastifyInstance, services: PreferencesRouteServices): void {
  const { preferences, moving, memory, limits } = services
  const message = 'You asked for several changes of address already. Wait an hour, then try again.'
  const perReader = limits
    ? limiter({ name: 'changes of address', max: 3, windowMs: HOUR, memory, message })
    : unlimited

  scope.post('/newsletter/preferences/:token/address', async (request, reply) => {
    const reader = await readerOf(request, preferences)
    const form = readForm(NewAddress, request.body)
    const problems = form.problems ?? sameAddress(reader, form.values.email.key)
    if (form.problems || problems) {
      const email = Typed.parse(request.body ?? {}).email
      return ownPage(request, reply, services, reader, { problems: problems ?? {}, email })
    }
    if (reader.status !== 'active') return ownPage(request, reply, services, reader)
    await perReader(reader.id)
    await moving.ask(reader, form.values.email)
    const said = `A mail is on its way to ${form.values.email.address}. Open the link in it within seven days; until then your mail goes where it went.`
    return ownPage(request, reply, services, reader, { said })
  })
}

function moveRoutes(scope: FastifyInstance, { moving, tokens }: PreferencesRouteServices): void {
  scope.get('/newsletter/move/:token', async (request, reply) => {
    const mover = found(await moving.mover(tokenIn(request)), 'move')
    return secretPage(reply, 'preferences/move', { title: 'Confirm your new address', mover })
  })
  scope.post('/newsletter/move/:token', async (request, reply) => {
    const id = found(await moving.move(tokenIn(request)), 'move')
    return secretPage(reply, 'preferences/moved', {
      title: 'Your mail goes to the new address',
      token: tokens.link('preferences', id),
    })
  })
}

function rightsRoutes(scope: FastifyInstance, { preferences, tokens }: PreferencesRouteServices): void {
  scope.get('/newsletter/preferences/:token/data.json', async (request, reply) => {
    const reader = await readerOf(request, preferences)
    return reply
      .type('application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="newsletter-data.json"')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('x-robots-tag', 'noindex')
      .send(Readable.from(preferences.copy(reader)))
  })
  scope.get('/newsletter/preferences/:token/erasure', async (request, reply) => {
    const reader = await readerOf(request, preferences)
    const leave = tokens.link('unsubscribe', reader.id)
    return secretPage(reply, 'preferences/erase', {
      title: 'Erase me',
      reader,
      leave,
      token: tokenIn(request),
    })
  })
  scope.post('/newsletter/preferences/:token/erasure', async (request, reply) => {
    await preferences.erase(await readerOf(request, preferences))
    return secretPage(reply, 'preferences/erased', { title: 'You are erased' })
  })
}

interface Shown {
  problems?: Record<string, string>
  /** what was typed into the form of wishes, when it is shown again */
  typed?: Typed
  /** what was typed for a new address */
  email?: string
  said?: string
}

async function ownPage(
  request: FastifyRequest,
  reply: FastifyReply,
  { preferences, offered, tokens, countsClicks }: PreferencesRouteServices,
  reader: OwnReader,
  { problems = {}, typed, email = '', said }: Shown = {},
): Promise<FastifyReply> {
  const wishes = typed ?? wishesOf(await preferences.of(reader))
  const token = tokenIn(request)
  const leave = tokens.link('unsubscribe', reader.id)
  const sections = await offered()
  return secretPage(
    reply,
    'preferences/page',
    {
      title: 'What you get',
      ...{ reader, wishes, sections, problems, email, said, token, leave },
      countsClicks: await countsClicks(),
    },
    Object.keys(problems).length ? 422 : 200,
  )
}

function wishesOf({ reader, chosen }: OwnPage): Wishes {
  return { name: reader.name, frequency: reader.frequency, sections: chosen.map(({ slug }) => slug) }
}

function sameAddress(reader: OwnReader, key: string): Record<string, string> | undefined {
  const same = reader.email.toLowerCase() === key
  return same ? { email: 'Your mail goes to this address already. Enter another one.' } : undefined
}

async function readerOf(request: FastifyRequest, preferences: PreferencesService): Promise<OwnReader> {
  return found(await preferences.own(tokenIn(request)), 'own')
}
