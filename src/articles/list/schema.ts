import { z } from 'zod'

/** How an article stands at the desk; `waiting` is a draft whose writer asked for review. */
export const State = z.enum(['draft', 'waiting', 'scheduled', 'published', 'withdrawn', 'trash'])
export type State = z.infer<typeof State>

/** What a list can be ordered by. */
export const Order = z.enum(['changed', 'published', 'title'])
export type Order = z.infer<typeof Order>

/** Where a list is cut: the value that it is ordered by, and the number that settles ties. */
export interface ListCursor {
  value: string
  number: number
}

const Cut = z.tuple([z.string().max(100), z.int()])

/** A cursor as addresses carry it. */
export const ListCursor = z
  .string()
  .max(400)
  .transform((text, context): ListCursor => {
    const cut = Cut.safeParse(parsed(text))
    if (cut.success) return { value: cut.data[0], number: cut.data[1] }
    context.addIssue('not a place in this list')
    return z.NEVER
  })

export function writtenCursor({ value, number }: ListCursor): string {
  return Buffer.from(JSON.stringify([value, number])).toString('base64url')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
}

const word = z.string().trim().max(200).catch('')

/** What the address of the list asks for; a filter that makes no sense is no filter. */
export const ListQuery = z.object({
  status: z.enum(['all', ...State.options]).catch('all'),
  section: word.default(''),
  author: word.default(''),
  tag: word.default(''),
  q: word.default(''),
  sort: Order.catch('changed'),
  order: z.enum(['asc', 'desc']).optional().catch(undefined),
  after: ListCursor.optional().catch(undefined),
  before: ListCursor.optional().catch(undefined),
})
export type ListQuery = z.infer<typeof ListQuery>

/** A row of the list. */
export const ListedArticle = z.object({
  number: z.int(),
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  state: State,
  section: z.string(),
  owner: z.string().nullable(),
  changed: z.string(),
  published: z.string(),
  embargo: z.string(),
  held: z.int(),
  missingAlt: z.int(),
  /** 1: readers do not see yet what the desk saved last */
  unpublished: z.int(),
})
export type ListedArticle = z.infer<typeof ListedArticle>

/** What a list is narrowed to; ids of terms, and words that every article of it holds. */
export interface ListFilter {
  state: State | 'all'
  sectionId?: string | undefined
  authorId?: string | undefined
  tagId?: string | undefined
  words: string[]
}
