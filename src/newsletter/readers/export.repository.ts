import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'
import { Frequency } from '../schema.js'
import { Status } from './schema.js'

const ExportedReader = z.object({
  id: z.string(),
  email: z.string(),
  key: z.string(),
  name: z.string(),
  status: Status,
  frequency: Frequency,
  created: z.string(),
  confirmed: z.string().nullable(),
  unsubscribed: z.string().nullable(),
  suppressed: z.string().nullable(),
})
export type ExportedReader = z.infer<typeof ExportedReader>

const ExportedReaders = z.array(ExportedReader)
const Consents = z.array(
  z.object({ reader: z.string(), at: z.string(), event: z.string(), form: z.string(), detail: z.string() }),
)
const Choices = z.array(z.object({ reader: z.string(), section: z.string() }))
const Suppressed = z.array(z.object({ hash: z.string(), at: z.string(), detail: z.string() }))

/** What an export reads, a batch at a time. */
export function exportRepository(db: Database) {
  return {
    /** Readers in the order of their ids. @param after the last id of the batch before; empty: from the first */
    async readers(after: string, limit: number): Promise<ExportedReader[]> {
      return ExportedReaders.parse(
        await db.all(sql`
          select id, email, email_key as key, name, status, frequency, created, confirmed, unsubscribed, suppressed
          from subscribers where id > ${after} order by id limit ${limit}`),
      )
    },

    /** What the first consent of each of these readers is. The plus signs keep the index of all events from leading. */
    async consents(from: string, to: string): Promise<Map<string, z.infer<typeof Consents>[number]>> {
      const rows = Consents.parse(
        await db.all(sql`
          select c.subscriber_id as reader, c.at, c.event, c.form, c.detail from consents as c
          where c.subscriber_id between ${from} and ${to} and +c.event in ('signed-up', 'imported')
            and not exists (select 1 from consents as e where e.subscriber_id = c.subscriber_id
              and +e.event in ('signed-up', 'imported') and (e.at, e.id) < (c.at, c.id))`),
      )
      return new Map(rows.map(row => [row.reader, row]))
    },

    async choices(from: string, to: string): Promise<Map<string, string[]>> {
      const rows = Choices.parse(
        await db.all(sql`
          select subscriber_id as reader, section_id as section from subscriber_sections
          where subscriber_id between ${from} and ${to}`),
      )
      const chosen = new Map<string, string[]>()
      for (const { reader, section } of rows) chosen.set(reader, [...(chosen.get(reader) ?? []), section])
      return chosen
    },

    async suppressions(hashes: string[]): Promise<Map<string, { at: string; detail: string }>> {
      if (hashes.length === 0) return new Map()
      const rows = Suppressed.parse(
        await db.all(sql`select hash, at, detail from suppressions where hash in (${join(hashes)})`),
      )
      return new Map(rows.map(({ hash, ...row }) => [hash, row]))
    },
  }
}
