import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors, type Room } from '../foundation/desk.js'
import { Conflict, NotFound } from '../foundation/errors.js'
import { type SiteService, versionOf } from '../site/index.js'
import type { GivingService } from './desk.js'
import { offer } from './offer.js'
import type { WayToGive } from './schema.js'
import { kinds, readWay, textsOf, WayKind } from './way-form.js'

const may = editors
const address = '/admin/site/giving'

const Sent = z.object({ version: z.string().max(64).default(''), preview: z.string().optional() })
const Move = Sent.extend({ action: z.enum(['up', 'down']) })

interface Shown {
  id?: string
  kind: WayKind
  typed: Record<string, string>
  problems?: Record<string, string>
  way?: WayToGive | undefined
  version?: string
  stored?: Record<string, string>
  previewed?: boolean
}

/** Where editors keep the ways to give. It stands among the site's pages and has no entry of its own in the menu. */
export function givingRoom({ giving, site }: { giving: GivingService; site: SiteService }): Room {
  const show = async (reply: FastifyReply, shown: Shown, status = 200) => {
    const { language } = (await site.site()).identity
    const { title, fields } = kinds[shown.kind]
    const model = {
      title: shown.id ? `Edit: ${shown.typed.name}` : `New: ${title}`,
      path: `${address}/edit`,
      wide: true,
      problems: {},
      version: '',
      stored: undefined,
      ...shown,
      kindTitle: title,
      fields,
      offer: shown.way && offer(shown.way, language),
    }
    return reply.desk('contributions/admin/edit', model, { status })
  }

  return {
    menu: [],
    open(scope: FastifyInstance) {
      scope.get('/site/giving', { config: { may } }, async (_request, reply) => {
        const list = await giving.list()
        const { language } = (await site.site()).identity
        return reply.desk('contributions/admin/list', {
          title: 'Ways to give',
          path: address,
          kinds,
          list: list.map(({ id, way }) => ({ id, kind: kinds[way.kind].title, ...offer(way, language) })),
          version: versionOf(list.map(({ id }) => id)),
        })
      })

      scope.get<{ Params: { kind: string } }>(
        '/site/giving/new/:kind',
        { config: { may } },
        async (request, reply) => {
          const kind = kindOf(request.params.kind)
          return show(reply, { kind, typed: { name: kinds[kind].title, once: 'yes', currency: 'EUR' } })
        },
      )

      scope.post<{ Params: { kind: string } }>(
        '/site/giving/new/:kind',
        { config: { may } },
        async (request, reply) => {
          const kind = kindOf(request.params.kind)
          const { way, typed, problems } = readWay(kind, request.body)
          if (problems) return show(reply, { kind, typed, problems }, 422)
          if (Sent.parse(request.body).preview) return show(reply, { kind, typed, way, previewed: true })
          await giving.add(request.account, way)
          return reply.said({ text: 'Added. Readers see it now.' }).redirect(address, 303)
        },
      )

      scope.get<{ Params: { id: string } }>(
        '/site/giving/:id',
        { config: { may } },
        async (request, reply) => {
          const { id, way } = await giving.way(request.params.id)
          return show(reply, { id, kind: way.kind, typed: textsOf(way), way, version: versionOf(way) })
        },
      )

      scope.post<{ Params: { id: string } }>(
        '/site/giving/:id',
        { config: { may } },
        async (request, reply) => {
          const { id, way: before } = await giving.way(request.params.id)
          const { kind } = before
          const { version, preview } = Sent.catch({ version: '' }).parse(request.body)
          const { way, typed, problems } = readWay(kind, request.body)
          if (problems) return show(reply, { id, kind, typed, problems, version }, 422)
          if (preview) return show(reply, { id, kind, typed, way, version, previewed: true })
          try {
            await giving.change(request.account, id, version, way)
            return reply.said({ text: 'Saved. Readers see it now.' }).redirect(`${address}/${id}`, 303)
          } catch (error) {
            if (!(error instanceof Conflict)) throw error
            const stored = (await giving.way(id)).way
            const shown = { id, kind, typed, way, version: versionOf(stored), stored: textsOf(stored) }
            return show(reply, shown, 409)
          }
        },
      )

      scope.post<{ Params: { id: string } }>(
        '/site/giving/:id/place',
        { config: { may } },
        async (request, reply) => {
          const { action, version } = Move.parse(request.body)
          await giving.move(request.account, request.params.id, version, action)
          return reply.said({ text: 'The order is changed.' }).redirect(address, 303)
        },
      )

      scope.post<{ Params: { id: string } }>(
        '/site/giving/:id/removal',
        { config: { may } },
        async (request, reply) => {
          const { id, way } = await giving.remove(request.account, request.params.id)
          const undo = { action: `${address}/${id}/return`, label: 'Undo' }
          return reply.said({ text: `“${way.name}” was removed.`, undo }).redirect(address, 303)
        },
      )

      scope.post<{ Params: { id: string } }>(
        '/site/giving/:id/return',
        { config: { may } },
        async (request, reply) => {
          await giving.restore(request.account, request.params.id)
          return reply.said({ text: 'It is back in its place.' }).redirect(address, 303)
        },
      )
    },
  }
}

function kindOf(text: string): WayKind {
  const kind = WayKind.safeParse(text)
  if (!kind.success) throw new NotFound()
  return kind.data
}
