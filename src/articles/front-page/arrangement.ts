import type { Story } from '../schema.js'
import { type Hold, type PlacedStory, type Placement, TOP_LENGTH } from './schema.js'

/** A story of the top with the reason why it stands there. */
interface Held<S> {
  story: S
  hold: Hold
  /** when it was chosen; empty for one that stands by its date */
  chosen: string
}

export type Top = Held<Story>[]

/**
 * The top of the front page. Pinned stories keep their place; the others stand by date, where a chosen one counts
 * as published when it was chosen. What is not published any more leaves no gap.
 * @param placed what editors chose and is published
 * @param latest the newest stories, newest first, at least as many as the top and `placed` are long
 */
export function compose(placed: PlacedStory[], latest: Story[]): Top {
  const top: (Held<Story> | undefined)[] = Array.from({ length: TOP_LENGTH })
  for (const story of placed) {
    if (story.pinned && story.place < TOP_LENGTH)
      top[story.place] = { story, hold: 'pinned', chosen: story.chosen }
  }
  const pinned = new Set(top.map(held => held?.story.id))
  const queue = byDate(placed, latest).filter(({ story }) => !pinned.has(story.id))
  return Array.from(top, held => held ?? queue.shift()).filter(held => held !== undefined)
}

function byDate(placed: PlacedStory[], latest: Story[]): Held<Story>[] {
  const known = new Set(placed.map(story => story.id))
  const chosen = placed.map(story => ({ story, hold: 'chosen' as const, chosen: story.chosen }))
  const others = latest
    .filter(story => !known.has(story.id))
    .map(story => ({ story, hold: 'date' as const, chosen: '' }))
  // Sorting is stable: what was chosen at one moment keeps the order of its places.
  return [...chosen, ...others].sort((a, b) => compareText(dateOf(b), dateOf(a)))
}

const dateOf = ({ chosen, story }: Held<Story>) => chosen || story.published

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** What an editor can do to a story of the top. */
export type Move = 'lead' | 'up' | 'down' | 'pin' | 'unpin' | 'release'

/** The placements that a move leaves. */
export function moved(top: Top, id: string, move: Move, now: string): Placement[] {
  const from = top.findIndex(held => held.story.id === id)
  if (move === 'release') return placements(top.filter(held => held.story.id !== id))
  if (move === 'pin')
    return placements(
      top.map(held => (held.story.id === id ? { ...held, hold: 'pinned', chosen: now } : held)),
    )
  if (move === 'unpin') {
    const loose = top.map(held => (held.story.id === id ? { ...held, hold: 'chosen' as const } : held))
    return settled(loose, from, now)
  }
  const to = { lead: 0, up: Math.max(0, from - 1), down: Math.min(top.length - 1, from + 1) }[move]
  const order = top.map(held => held.story.id).filter(other => other !== id)
  order.splice(to, 0, id)
  return ordered(top, order, now)
}

/** The placements that put the top in this order; ids that it does not hold yet come in. */
export function ordered(top: Top, order: string[], now: string): Placement[] {
  const wanted = order.slice(0, TOP_LENGTH)
  const known = new Map(top.map(held => [held.story.id, held]))
  const held = wanted.map(id => known.get(id) ?? { story: { id }, hold: 'chosen' as const, chosen: now })
  const lastTouched = wanted.findLastIndex((id, place) => top[place]?.story.id !== id)
  return settled(held, lastTouched, now)
}

// An editor who moves a story has seen what stands above it: down to there the order holds as it is.
function settled(top: Held<{ id: string }>[], lastTouched: number, now: string): Placement[] {
  return placements(
    top.map((held, place) =>
      place > lastTouched || held.hold === 'pinned' ? held : { ...held, hold: 'chosen', chosen: now },
    ),
  )
}

function placements(top: Held<{ id: string }>[]): Placement[] {
  return top.flatMap(({ story, hold, chosen }, place) =>
    hold === 'date' ? [] : [{ id: story.id, place, pinned: hold === 'pinned', chosen }],
  )
}
