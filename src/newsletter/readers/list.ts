import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { SiteService } from '../../site/index.js'
import { parseAddress } from '../address.js'
import type { OfferedSections } from '../offered-sections.js'
import { byWeeks, daysOf, type GrowthChart, growthChart } from './growth.js'
import { readersRepository } from './repository.js'
import { type ListedReader, type ListFilter, type ListQuery, ReaderState } from './schema.js'

export interface ListServices {
  db: Database
  clock: Clock
  site: SiteService
  offered: OfferedSections
}

const PAGE_LENGTH = 50
const MOST_WORDS = 8
const DAY = 86_400_000

export interface ReadersPage {
  readers: (ListedReader & { sections: string[] })[]
  /** before which number the next page begins */
  next: number | undefined
  counts: Record<ReaderState, number>
}

export type ListService = ReturnType<typeof listService>

/** The list of readers as the desk looks through it. */
export function listService({ db, clock, site, offered }: ListServices) {
  const repository = readersRepository(db)

  const filterOf = async (query: ListQuery): Promise<ListFilter> => {
    const { dates } = await site.site()
    const starts = (day: string, after = 0) => {
      if (!day) return undefined
      const wanted = new Date(Date.parse(day) + after * DAY).toISOString().slice(0, 10)
      return dates.instants(`${wanted}T00:00`)[0] ?? `${wanted}T00:00:00.000Z`
    }
    const section = query.section && (await offered()).find(({ slug }) => slug === query.section)
    return {
      ...searched(query.q),
      state: query.state || undefined,
      frequency: query.frequency || undefined,
      sectionId: section ? section.id : undefined,
      from: starts(query.from),
      until: starts(query.to, 1),
    }
  }

  const withSections = async (readers: ListedReader[]) => {
    const names = new Map((await offered()).map(({ id, name }) => [id, name]))
    const chosen = await repository.sections(readers.map(({ id }) => id))
    return readers.map(reader => ({
      ...reader,
      sections: chosen
        .filter(choice => choice.reader === reader.id)
        .map(({ section }) => names.get(section) ?? ''),
    }))
  }

  return {
    /** A page of the list, newest first. */
    async page(query: ListQuery): Promise<ReadersPage> {
      const rows = await repository.page(
        await filterOf(query),
        query.before ?? Number.MAX_SAFE_INTEGER,
        PAGE_LENGTH + 1,
      )
      const next = rows.length > PAGE_LENGTH ? rows[PAGE_LENGTH - 1]?.number : undefined
      const known = new Map((await repository.counts()).map(({ state, count }) => [state, count]))
      const counts = Object.fromEntries(ReaderState.options.map(state => [state, known.get(state) ?? 0]))
      return {
        readers: await withSections(rows.slice(0, PAGE_LENGTH)),
        next,
        counts: counts as Record<ReaderState, number>,
      }
    },

    /** How the list grew in the last days: bars by day, in a year by week. */
    async growth(span: 90 | 365): Promise<GrowthChart> {
      const now = clock()
      const { dates } = await site.site()
      // Clocks are at most a day apart.
      const since = new Date(now.getTime() - (span + 1) * DAY).toISOString().slice(0, 10)
      const days = daysOf(await repository.quarters(since), span, { now, dates })
      const weeks = byWeeks(days)
      return span === 90 ? growthChart(days, weeks, 'day') : growthChart(weeks, weeks, 'week')
    },
  }
}

/** What is typed into the search: a whole address, a domain after an @, or beginnings of words of address and name. */
function searched(typed: string): Pick<ListFilter, 'words' | 'key' | 'domain'> {
  const address = parseAddress(typed)
  if (address) return { words: [], key: address.key }
  const [, domain] = /^@([\p{L}\p{N}.-]+)$/u.exec(typed) ?? []
  if (domain)
    return { words: [], domain: parseAddress(`somebody@${domain}`)?.address.split('@')[1] ?? domain }
  const words = typed.normalize('NFC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return { words: words.slice(0, MOST_WORDS) }
}
