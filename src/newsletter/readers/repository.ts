import { z } from 'zod'
import { type Database, join, raw, type Sql, sql } from '../../foundation/database.js'
import type { Frequency, Subscriber } from '../schema.js'
import {
  CameBack,
  Delivered,
  HistoryEvent,
  ListedReader,
  type ListFilter,
  Reader,
  ReaderState,
} from './schema.js'
import { holding, type Walk } from './search.sqlite.js'

const ListedReaders = z.array(ListedReader)
const Counts = z.array(z.object({ state: ReaderState, count: z.int() }))
const Quarters = z.array(z.object({ quarter: z.string(), joined: z.int(), left: z.int() }))
const Choices = z.array(z.object({ reader: z.string(), section: z.string() }))
const One = z.object({ count: z.int() })

/** So few that all of them can be sorted at once. */
const FEW = 2_000

/** The desk's list of readers. */
export function readersRepository(db: Database) {
  return {
    /** Rows of the list, newest first. @param before the number that they come before */
    async page(filter: ListFilter, before: number, limit: number): Promise<ListedReader[]> {
      return ListedReaders.parse(
        await db.all(sql`
          select l.number, s.id, s.email, s.name, l.state, s.status, s.suppressed, s.frequency, s.created
          from (${await pageOf(db, filter, before, limit)}) as l join subscribers as s on s.id = l.subscriber_id
          order by l.number desc`),
      )
    },

    /** Which of these readers chose which sections. */
    async sections(ids: string[]): Promise<z.infer<typeof Choices>> {
      if (ids.length === 0) return []
      return Choices.parse(
        await db.all(sql`
          select subscriber_id as reader, section_id as section from subscriber_sections
          where subscriber_id in (${join(ids)})`),
      )
    },

    /** How many readers there are in each state. */
    async counts(): Promise<z.infer<typeof Counts>> {
      return Counts.parse(await db.all(sql`select state, count from reader_counts`))
    },

    /** Those in which readers joined or left, since a day; a year has 35,040. */
    async quarters(since: string): Promise<z.infer<typeof Quarters>> {
      return Quarters.parse(
        await db.all(
          sql`select quarter, joined, gone as "left" from reader_quarters where quarter >= ${since} order by quarter limit 40000`,
        ),
      )
    },

    async reader(id: string): Promise<Reader | undefined> {
      return Reader.optional().parse(
        await db.get(sql`
          select s.id, s.email, s.email_key as key, s.name, l.state, s.status, s.suppressed, s.frequency, s.created,
            s.confirmed, s.unsubscribed
          from subscribers as s join reader_list as l on l.subscriber_id = s.id where s.id = ${id}`),
      )
    },

    async history(id: string): Promise<HistoryEvent[]> {
      return z.array(HistoryEvent).parse(
        await db.all(sql`
          select at, event, form, wording, detail from consents where subscriber_id = ${id}
          order by at desc, id desc limit 200`),
      )
    },

    /** What was mailed to a reader, the newest issue first. @param before the number of the issue that they come before */
    async deliveries(id: string, before: number, limit: number): Promise<Delivered[]> {
      return z.array(Delivered).parse(
        await db.all(sql`
          select m.number, m.issue_id as issueId, m.subject, d.state, d.attempts, d.relay, d.reason, d.at
          from deliveries as d join mailings as m on m.issue_id = d.issue_id
          where d.subscriber_id = ${id} and m.number < ${before} order by m.number desc limit ${limit}`),
      )
    },

    /** What came back of the mail to a reader, the newest first. */
    async bounces(id: string): Promise<CameBack[]> {
      return z.array(CameBack).parse(
        await db.all(sql`
          select at, kind, code, reason, decision, source, raw from bounces where subscriber_id = ${id}
          order by at desc limit 50`),
      )
    },

    async change(id: string, { name, frequency }: { name: string; frequency: Frequency }): Promise<void> {
      await db.run(sql`update subscribers set name = ${name}, frequency = ${frequency} where id = ${id}`)
    },

    async setStatus(id: string, status: Subscriber['status'], unsubscribed: string | null): Promise<void> {
      await db.run(
        sql`update subscribers set status = ${status}, unsubscribed = ${unsubscribed} where id = ${id}`,
      )
    },
  }
}

async function pageOf(db: Database, filter: ListFilter, before: number, limit: number): Promise<Sql> {
  const { from, place, condition } = filter.words.length ? holding(filter.words) : wholeList
  const conditions = [condition, sql`${place} < ${before}`, ...(await narrowed(db, filter))]
  return sql`select l.number, l.subscriber_id, l.state from ${from} where ${join(conditions, ' and ')}
    order by ${place} desc limit ${limit}`
}

const wholeList: Walk = { from: raw('reader_list as l'), place: raw('l.number'), condition: raw('1 = 1') }

// Of two indexes the one of the domain is the narrower: the plus signs keep others from leading.
async function narrowed(db: Database, filter: ListFilter): Promise<Sql[]> {
  const { key, state, frequency, sectionId, domain, from, until, words } = filter
  const leads = words.length > 0 || domain !== undefined
  return [
    ...(key === undefined
      ? []
      : [sql`l.subscriber_id = (select id from subscribers where email_key = ${key})`]),
    ...(domain === undefined ? [] : [words.length ? sql`+l.domain = ${domain}` : sql`l.domain = ${domain}`]),
    ...(state === undefined ? [] : [leads ? sql`+l.state = ${state}` : sql`l.state = ${state}`]),
    ...(frequency === undefined ? [] : [sql`l.frequency = ${frequency}`]),
    ...(from === undefined ? [] : [sql`l.created >= ${from}`]),
    ...(until === undefined ? [] : [sql`l.created < ${until}`]),
    ...(sectionId === undefined ? [] : [await inSection(db, sectionId)]),
  ]
}

// Where few chose a section they are gathered; where many did, a page is soon full by looking each reader up.
async function inSection(db: Database, sectionId: string): Promise<Sql> {
  const chosen = sql`select subscriber_id from subscriber_sections where section_id = ${sectionId}`
  const { count } = One.parse(await db.get(sql`select count(*) as count from (${chosen} limit ${FEW + 1})`))
  if (count <= FEW) return sql`l.subscriber_id in (${chosen})`
  return sql`exists (${chosen} and subscriber_id = l.subscriber_id)`
}
