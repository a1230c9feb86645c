import type { ArticlesService } from '../../articles/index.js'
import type { Database } from '../../foundation/database.js'
import { NotFound, OperatorError } from '../../foundation/errors.js'
import { readPlannedTime } from '../../foundation/planned-time.js'
import type { SiteService } from '../../site/index.js'
import type { Audience } from '../delivery/schema.js'
import type { Issue } from './schema.js'
import type { Content, SendingService } from './sending.js'
import type { WritingService } from './writing.js'

export interface OrderingServices {
  db: Database
  articles: ArticlesService
  site: SiteService
  sending: SendingService
  writing: WritingService
}

/** An issue as a command orders it. */
export interface Order {
  subject: string
  /** slugs of published articles, in their order */
  slugs: string[]
  intro?: string | undefined
  frequency?: Audience['frequency'] | undefined
  /** ISO 8601 with an offset, or as clocks show it in the site's time zone; at once when not said */
  at?: string | undefined
}

/** Orders issues from the shell; the running program delivers them, or the next one. */
export function ordering({ db, articles, site, sending, writing }: OrderingServices) {
  const articleOf = async (slug: string): Promise<string> => {
    try {
      const found = await articles.reading.article(slug)
      return 'movedTo' in found ? articleOf(found.movedTo) : found.id
    } catch (error) {
      if (!(error instanceof NotFound) && (error as { status?: number }).status !== 410) throw error
      throw new OperatorError(`No published article has the address ${slug}. Nothing was queued.`)
    }
  }

  const timeOf = async (typed: string): Promise<string> => {
    if (/([+-]\d{2}:?\d{2}|Z)$/.test(typed) && !Number.isNaN(Date.parse(typed)))
      return new Date(typed).toISOString()
    const { dates } = await site.site()
    const time = readPlannedTime(typed, dates)
    if (time.problem === undefined) return time.at
    throw new OperatorError(
      `--at must be a time such as 2026-12-24T09:00 (${dates.timeZone}) or 2026-12-24T09:00Z. Nothing was queued.`,
    )
  }

  return async ({
    subject,
    slugs,
    intro = '',
    frequency = null,
    at,
  }: Order): Promise<{ issue: Issue; readers: number }> => {
    const line = subject
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 150)
    if (!line) throw new OperatorError('--subject must say something. Nothing was queued.')
    const chosen: string[] = []
    for (const slug of slugs) chosen.push(await articleOf(slug))
    const when = at === undefined ? undefined : await timeOf(at)
    const content: Content = {
      ...{ subject: line, preheader: '', intro, outro: '' },
      articles: [...new Set(chosen)].map(id => ({ id, form: 'full' })),
    }
    const audience: Audience = { frequency, sections: [] }
    const id = await db.transaction(tx =>
      when
        ? sending.sendLater(tx, content, audience, when)
        : sending.sendNow(tx, content, audience, 'command'),
    )
    const { issue } = await writing.open(id)
    return { issue, readers: await sending.countAudience(audience) }
  }
}
