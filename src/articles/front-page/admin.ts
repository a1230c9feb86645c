import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { editors, type Room } from '../../foundation/desk.js'
import { Conflict, Invalid } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import type { ReadingService } from '../service.js'
import { TOP_LENGTH } from './schema.js'
import type { Arrangement, FrontPageService } from './service.js'

export interface FrontPageRoomServices {
  frontPage: FrontPageService
  reading: ReadingService
  site: SiteService
}

const CANDIDATES = 12
const address = '/admin/front-page'
const may = editors

const Id = z.string().min(1).max(64)
const Ids = z
  .string()
  .max(20_000)
  .transform(text => text.split(',').filter(Boolean))
const StoryForm = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['lead', 'up', 'down', 'pin', 'unpin', 'release']), article: Id, version: Id }),
  z.object({ action: z.literal('order'), order: Ids, version: Id }),
  z.object({ action: z.enum(['add-lead', 'add-second']), article: Id, version: Id }),
])
const SectionForm = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['up', 'down', 'show', 'hide']), section: Id, version: Id }),
  z.object({ action: z.literal('order'), order: Ids, version: Id }),
])
const Question = z.object({ q: z.string().trim().max(200).default('') })
// Placements as an undo carries them: `id.pinned.chosen`, an empty part for a place by date.
const Restored = z.object({ top: z.string().max(400) })

/** Where editors arrange the front page. */
export function frontPageRoom({ frontPage, reading, site }: FrontPageRoomServices): Room {
  const show = async (request: FastifyRequest, reply: FastifyReply, stale = '') => {
    const { q } = Question.safeParse(request.query).data ?? { q: '' }
    const arrangement = await frontPage.arrangement()
    const { dates } = await site.site()
    const model = {
      title: 'Front page',
      path: address,
      wide: true,
      scripts: ['front-page.js'],
      ...arrangement,
      ...(await candidates(q, arrangement)),
      q,
      dates,
      stale,
    }
    return reply.desk('articles/front-page/arrange', model, { status: stale ? 409 : 200 })
  }

  const candidates = async (q: string, { top }: Arrangement) => {
    const shown = new Set(top.map(({ story }) => story.id))
    const found = q
      ? (await reading.search(q, 1)).hits
      : (await reading.page({ kind: 'all' })).stories.filter(story => !shown.has(story.id))
    return {
      candidates: found.slice(0, CANDIDATES).map(story => ({ ...story, shown: shown.has(story.id) })),
    }
  }

  /** A change, then the page again; one made to a page that is no longer so shows how it stands now. */
  const changing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    change: () => Promise<{ text: string; before?: Arrangement; place?: string }>,
  ) => {
    try {
      const { text, before, place = '' } = await change()
      const undo = before && { action: `${address}/restore?top=${written(before)}`, label: 'Undo' }
      return reply.said({ text, ...(undo && { undo }) }).redirect(`${address}${place}`, 303)
    } catch (error) {
      if (error instanceof Conflict) return show(request, reply, error.message)
      throw error
    }
  }

  return {
    menu: [{ label: 'Front page', path: address, may }],
    open(scope: FastifyInstance) {
      scope.get('/front-page', { config: { may } }, async (request, reply) => show(request, reply))

      scope.get('/front-page/preview', { config: { may } }, async (_request, reply) => {
        const { identity } = await site.site()
        const model = { description: identity.description, kind: 'front', framed: true, noindex: true }
        const front = await reading.frontPage()
        return reply.framedByDesk().page('articles/front-page', { ...model, ...front }, { cache: 'secret' })
      })

      scope.post('/front-page', { config: { may } }, async (request, reply) => {
        const wanted = valid(readForm(StoryForm, request.body))
        return changing(request, reply, async () => {
          if (wanted.action === 'order') {
            const before = await frontPage.order(request.account, wanted.version, wanted.order)
            return { text: 'The top of the front page has its new order.', before }
          }
          if (wanted.action === 'add-lead' || wanted.action === 'add-second') {
            const { top } = await frontPage.arrangement()
            const order = top.map(({ story }) => story.id).filter(id => id !== wanted.article)
            order.splice(wanted.action === 'add-lead' ? 0 : 1, 0, wanted.article)
            const before = await frontPage.order(request.account, wanted.version, order)
            return { text: 'The article stands at the top of the front page.', before, place: '#top-stories' }
          }
          const { article, action, version } = wanted
          const before = await frontPage.move(request.account, version, article, action)
          return { text: sentences[action], before, place: `#story-${article}` }
        })
      })

      scope.post('/front-page/restore', { config: { may } }, async (request, reply) => {
        const { top } = valid(readForm(Restored, request.query))
        await frontPage.restore(request.account, read(top))
        return reply.said({ text: 'The front page is as it was before.' }).redirect(address, 303)
      })

      scope.post('/front-page/sections', { config: { may } }, async (request, reply) => {
        const wanted = valid(readForm(SectionForm, request.body))
        return changing(request, reply, async () => {
          const { sections } = await frontPage.arrangement()
          const order = rearranged(sections, wanted)
          await frontPage.orderSections(request.account, wanted.version, order)
          const place = wanted.action === 'order' ? '#sections' : `#section-${wanted.section}`
          return { text: 'The sections of the front page have changed.', place }
        })
      })
    },
  }
}

const sentences = {
  lead: 'The article leads the front page.',
  up: 'The article moved up.',
  down: 'The article moved down.',
  pin: 'The article is pinned: it keeps its place until you unpin it.',
  unpin: 'The article is no longer pinned: newer ones push it down.',
  release: 'The article is left to its date.',
}

type SectionOrder = { id: string; shown: boolean }[]

function rearranged(
  sections: SectionOrder,
  wanted: z.infer<typeof SectionForm>,
): { id: string; shown: boolean }[] {
  if (wanted.action === 'order')
    return wanted.order.flatMap(id => sections.find(section => section.id === id) ?? [])
  const from = sections.findIndex(({ id }) => id === wanted.section)
  const section = sections[from]
  if (!section) return sections
  if (wanted.action === 'show' || wanted.action === 'hide')
    return sections.with(from, { ...section, shown: wanted.action === 'show' })
  const others = sections.toSpliced(from, 1)
  return others.toSpliced(Math.max(0, from + (wanted.action === 'up' ? -1 : 1)), 0, section)
}

function written({ top }: Arrangement): string {
  return top
    .map(({ story, hold, chosen }) =>
      hold === 'date' ? '' : [story.id, hold === 'pinned' ? 1 : 0, Date.parse(chosen) || 0].join('.'),
    )
    .join(',')
}

function read(top: string) {
  return top.split(',').flatMap((part, place) => {
    const [id = '', pinned, chosen] = part.split('.')
    if (!id || place >= TOP_LENGTH) return []
    return [{ id, place, pinned: pinned === '1', chosen: instant(Number(chosen)) }]
  })
}

// Milliseconds; what is no time, or none that was noted, reads as none.
function instant(time: number): string {
  return time > 0 && time < 4e12 ? new Date(time).toISOString() : ''
}

function valid<T>(form: { values: T; problems?: undefined } | { problems: object }): T {
  if (form.problems) throw new Invalid()
  return (form as { values: T }).values
}
