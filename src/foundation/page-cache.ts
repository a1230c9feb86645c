import { LRUCache } from 'lru-cache'
import type { Representation } from './representation.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * For pages that are the same for everybody until the content changes: the parameters of the query that they depend on.
     * Nothing else of a request may matter to them, no header, no cookie, no clock.
     */
    kept?: readonly string[]
  }
}

/** Options of a route whose answers may be kept; see `kept` of its configuration. */
export const kept = (...parameters: string[]) => ({ config: { kept: parameters } })

/** A page that is kept, as of one version of the content. */
export interface KeptPage {
  /** as `pageAddress` spells it */
  address: string
  version: number
  representation: Representation
  /** the route's pattern */
  route: string
  parameters: readonly string[]
}

/** The right to make the page of an address, for all who wait for it. */
export interface Place {
  /** what the address showed before the content changed, if that is still known: its bytes may be the same */
  former: Representation | undefined
  /** Keeps what was made, unless the content changed meanwhile. */
  keep(representation: Representation): void
  /** To be called when the answer is over, whatever came of it. */
  leave(): void
}

type Outcome = 'kept' | 'changed' | 'not kept'

export interface PageCacheOptions {
  /** counts the changes of what readers see; cheap */
  contentVersion(): number
  /** how much memory pages may take, in bytes */
  capacity?: number
}

const CAPACITY = 40 * 1_048_576
// Of questions there is no end: whoever thinks up many must not drive the articles out.
const SHARE_OF_QUESTIONS = 1 / 8

// With content that changes all the time there is no point in waiting for one another.
const MOST_ROUNDS = 3

const DENSE_AFTER = 4
const MOST_AWAITING_DENSITY = 50

export type PageCache = ReturnType<typeof pageCache>

/**
 * Readers' pages as finished bytes. What is found was made of the content as it is now: each page carries the version of the
 * content that was there before it was begun and still when it was done, and every look compares.
 */
export function pageCache({ contentVersion, capacity = CAPACITY }: PageCacheOptions) {
  const known = { made: 0, evicted: 0 }
  const shelf = (share: number) =>
    new LRUCache<string, KeptPage>({
      dispose: (_page, _address, reason) => {
        if (reason === 'evict') known.evicted += 1
      },
      maxSize: capacity * share,
      sizeCalculation: ({ representation, address }) => representation.bytes + address.length,
    })
  const articles = shelf(1 - SHARE_OF_QUESTIONS)
  const questions = shelf(SHARE_OF_QUESTIONS)
  const shelfOf = (address: string) => (address.includes('?') ? questions : articles)
  const making = new Map<string, { version: number; outcome: Promise<Outcome> }>()
  const asked = new WeakMap<Representation, number>()
  let dense: Promise<void> = Promise.resolve()
  let awaitingDensity = 0

  const isKept = ({ address, representation }: KeptPage) =>
    shelfOf(address).peek(address)?.representation === representation

  /** Counts again what a page takes; the shelf does so for a value that it has not. */
  const countAgain = (page: KeptPage): void => {
    if (isKept(page)) shelfOf(page.address).set(page.address, { ...page })
  }

  const find = (address: string): KeptPage | undefined => {
    const page = shelfOf(address).get(address)
    return page?.version === contentVersion() ? page : undefined
  }

  const open = (page: Omit<KeptPage, 'representation'>): Place => {
    const { address, version } = page
    known.made += 1
    let settle: (outcome: Outcome) => void = () => {}
    const outcome = new Promise<Outcome>(resolve => {
      settle = resolve
    })
    const entry = { version, outcome }
    making.set(address, entry)
    const end = (outcome: Outcome) => {
      settle(outcome)
      if (making.get(address) === entry) making.delete(address)
    }
    return {
      former: shelfOf(address).peek(address)?.representation,
      keep(representation) {
        if (contentVersion() !== version) return end('changed')
        const kept = { ...page, representation }
        shelfOf(address).set(address, kept)
        representation.whenGrown(() => countAgain(kept))
        end('kept')
      },
      leave: () => end('not kept'),
    }
  }

  const condense = async (page: KeptPage): Promise<void> => {
    if (isKept(page)) await page.representation.densify()
  }

  return {
    /** The page at an address, spelled as `pageAddress` does; undefined when it must be made. */
    find,

    /** What was kept last at an address; whoever answers with it has to see that it is of the content as it is now. */
    last: (address: string): KeptPage | undefined => shelfOf(address).get(address),

    /**
     * The page at an address, or the right to make it; whoever comes while another makes it waits for that.
     * @returns undefined when it is not kept: then everybody makes their own
     */
    async claim(wanted: Omit<KeptPage, 'representation' | 'version'>): Promise<KeptPage | Place | undefined> {
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const found = find(wanted.address)
        if (found) return found
        const version = contentVersion()
        const other = making.get(wanted.address)
        // What was begun before the last change may show what was there before it.
        if (other?.version !== version) return open({ ...wanted, version })
        if ((await other.outcome) === 'not kept') return undefined
      }
      return undefined
    },

    /** Notes that somebody took a page by brotli: what is asked for again and again is worth denser bytes. */
    taken(page: KeptPage): void {
      const times = (asked.get(page.representation) ?? 0) + 1
      asked.set(page.representation, times)
      if (times !== DENSE_AFTER || awaitingDensity >= MOST_AWAITING_DENSITY) return
      awaitingDensity += 1
      dense = dense
        .then(() => condense(page))
        .catch(() => undefined)
        .finally(() => {
          awaitingDensity -= 1
        })
    },

    /** How many pages had to be made and made room for others since the start; how many are kept, and their bytes. */
    tally: () => ({
      ...known,
      pages: articles.size + questions.size,
      bytes: articles.calculatedSize + questions.calculatedSize,
    }),

    clear(): void {
      articles.clear()
      questions.clear()
    },
  }
}
