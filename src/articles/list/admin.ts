import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { everybody } from '../../foundation/desk.js'
import { Invalid } from '../../foundation/errors.js'
import type { SiteService } from '../../site/index.js'
import { ListQuery, Order, writtenCursor } from './schema.js'
import { type ListService, PAGE_LENGTH, usualDirection } from './service.js'

export interface ListRouteServices {
  list: ListService
  site: SiteService
}

const address = '/admin/articles'

/** The ticked articles; an address joins their ids by commas. */
export const BulkIds = z
  .object({
    ids: z.preprocess(
      value => [value ?? []].flat().flatMap(ids => String(ids).split(',')),
      z.array(z.string().max(64)).max(PAGE_LENGTH),
    ),
  })
  .transform(({ ids }) => ({ ids: ids.filter(Boolean) }))
  .catch({ ids: [] })

const BulkForm = z.object({
  act: z.enum(['section', 'tag']),
  section: z.string().max(200).default(''),
  tag: z.string().trim().max(100).default(''),
})
type Bulk = z.infer<typeof BulkForm> & z.infer<typeof BulkIds>

/** The list of articles, and what is done to the ticked ones. */
export function listRoutes(scope: FastifyInstance, { list, site }: ListRouteServices): void {
  const may = { config: { may: everybody } }

  scope.get('/articles', may, async (request, reply) => {
    const query = ListQuery.parse(request.query)
    const { dates } = await site.site()
    const model = {
      title: 'Articles',
      path: address,
      wide: true,
      query,
      dates,
      orders: Order.options.map(order => orderLink(query, order)),
      linkTo: (change: Partial<Record<keyof ListQuery, string>>) => linkTo(query, change),
      narrowed: Boolean(query.section || query.author || query.tag || query.q),
      choices: await list.choices(),
      ...(await list.page(request.account, query)),
    }
    return reply.desk('articles/desk/list', model)
  })

  scope.post('/articles/bulk', may, async (request, reply) => {
    const form = BulkForm.safeParse(request.body)
    if (!form.success) throw new Invalid('Tick articles of one page, choose what to do with them, try again.')
    const text = await act(request, { ...form.data, ...BulkIds.parse(request.body) })
    return back(request, reply.said({ text }))
  })

  async function act({ account }: FastifyRequest, { act, ids, section, tag }: Bulk): Promise<string> {
    if (ids.length === 0) return 'Nothing was ticked.'
    if (act === 'section') {
      const moved = await list.setSection(account, ids, section)
      return moved === undefined ? 'Choose a section first.' : done(moved, ids.length, 'moved')
    }
    const tagged = await list.addTag(account, ids, tag)
    return tagged === undefined ? 'Type a tag first.' : done(tagged, ids.length, 'tagged')
  }
}

/** `2 articles moved.`, and how many stayed as they were. */
export function done(count: number, of: number, what: string): string {
  if (of === 0) return 'Nothing was ticked.'
  const left = of - count
  return `${counted(count)} ${what}.${left ? ` ${left} stayed as ${left === 1 ? 'it was' : 'they were'}.` : ''}`
}

const counted = (count: number) => (count === 1 ? '1 article' : `${count} articles`)

// The form names the list that it stands in, so that one comes back to it.
export function back(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.redirect(linkTo(ListQuery.parse(request.query), {}, true), 303)
}

function orderLink(query: ListQuery, order: Order) {
  const current = query.sort === order
  const direction = current ? (query.order ?? usualDirection(order)) : undefined
  const next = current && direction === usualDirection(order) ? reversed(direction) : usualDirection(order)
  const href = linkTo(query, { sort: order, order: next === usualDirection(order) ? '' : next })
  const sorted = { asc: 'ascending', desc: 'descending' }
  return { order, href, sorted: direction && sorted[direction] }
}

const reversed = (direction: 'asc' | 'desc') => (direction === 'asc' ? 'desc' : 'asc')

/** The address of a list like this one but for a change; its first page unless the place is kept. */
function linkTo(
  query: ListQuery,
  change: Partial<Record<keyof ListQuery, string>>,
  keepPlace = false,
): string {
  const { status, section, author, tag, q, sort, order = '', after, before } = query
  const place = {
    ...(keepPlace && after && { after: writtenCursor(after) }),
    ...(keepPlace && before && { before: writtenCursor(before) }),
  }
  const fields = { ...{ status, section, author, tag, q, sort, order }, ...place, ...change }
  const usual: Record<string, string> = { status: 'all', sort: 'changed' }
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    if (value && value !== usual[name]) search.set(name, value)
  return search.size ? `${address}?${search}` : address
}
