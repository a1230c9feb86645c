import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'
import { KnownReader, type Status } from './schema.js'

const KnownReaders = z.array(KnownReader)
const Hashes = z.array(z.object({ hash: z.string() }))

export interface NewReader {
  id: string
  email: string
  key: string
  name: string
  frequency: string
  status: Status
  created: string
  confirmed: string | null
  unsubscribed: string | null
  suppressed: string | null
}

export interface ImportConsent {
  id: string
  subscriberId: string
  at: string
  event: 'imported' | 'unsubscribed'
  form: string
  detail: string
}

/** What an import reads and writes, many rows at a time. */
export function importRepository(db: Database) {
  return {
    /** @param most how many are asked for at most; filled up, so that every question is the same statement */
    async known(keys: string[], most: number): Promise<KnownReader[]> {
      return KnownReaders.parse(
        await db.all(sql`
          select id, email_key as key, name, status, suppressed, created, confirmed from subscribers
          where email_key in (${join(filled(keys, most))})`),
      )
    },

    /** Which of these hashes are on the suppression list. */
    async suppressed(hashes: string[], most: number): Promise<string[]> {
      const rows = Hashes.parse(
        await db.all(sql`select hash from suppressions where hash in (${join(filled(hashes, most))})`),
      )
      return rows.map(({ hash }) => hash)
    },

    async hasSuppressions(): Promise<boolean> {
      return (await db.get(sql`select 1 as one from suppressions limit 1`)) !== undefined
    },

    async add(readers: NewReader[]): Promise<void> {
      for (const rows of chunks(readers)) {
        const values = rows.map(
          row =>
            sql`(${row.id}, ${row.email}, ${row.key}, ${row.name}, ${row.frequency}, ${row.status}, ${row.created},
              ${row.confirmed}, ${row.unsubscribed}, ${row.suppressed})`,
        )
        await db.run(sql`
          insert into subscribers
            (id, email, email_key, name, frequency, status, created, confirmed, unsubscribed, suppressed)
          values ${join(values)}`)
      }
    },

    async addConsents(consents: ImportConsent[]): Promise<void> {
      for (const rows of chunks(consents)) {
        const values = rows.map(
          ({ id, subscriberId, at, event, form, detail }) =>
            sql`(${id}, ${subscriberId}, ${at}, ${event}, ${form}, '', ${detail})`,
        )
        await db.run(sql`
          insert into consents (id, subscriber_id, at, event, form, wording, detail) values ${join(values)}`)
      }
    },

    async addSections(chosen: { readerId: string; sectionId: string }[]): Promise<void> {
      for (const rows of chunks(chosen)) {
        const values = rows.map(({ readerId, sectionId }) => sql`(${readerId}, ${sectionId})`)
        await db.run(sql`
          insert into subscriber_sections (subscriber_id, section_id) values ${join(values)}
          on conflict (subscriber_id, section_id) do nothing`)
      }
    },

    async setStatus(id: string, status: Status, at: string | null): Promise<void> {
      if (status === 'unsubscribed')
        await db.run(sql`update subscribers set status = ${status}, unsubscribed = ${at} where id = ${id}`)
      else await db.run(sql`update subscribers set status = ${status} where id = ${id}`)
    },

    async setName(id: string, name: string): Promise<void> {
      await db.run(sql`update subscribers set name = ${name} where id = ${id}`)
    },

    async setSuppressed(id: string, reason: string): Promise<void> {
      await db.run(sql`update subscribers set suppressed = ${reason} where id = ${id}`)
    },
  }
}

const CHUNK = 50

function chunks<Row>(rows: Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) =>
    rows.slice(index * CHUNK, (index + 1) * CHUNK),
  )
}

function filled(texts: string[], length: number): string[] {
  return [...texts, ...Array<string>(Math.max(0, length - texts.length)).fill('')]
}
