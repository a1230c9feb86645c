import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Subscriber } from '../schema.js'

const Count = z.object({ count: z.int() })
const Domains = z.array(z.object({ domain: z.string(), count: z.int() }))

/** Readers whose confirmation waits. */
export function waitingRepository(db: Database) {
  return {
    async add(readerId: string, since: string, domain: string): Promise<void> {
      await db.run(sql`
        insert into sign_ups_waiting (subscriber_id, since, domain) values (${readerId}, ${since}, ${domain})
        on conflict (subscriber_id) do nothing`)
    },

    async has(readerId: string): Promise<boolean> {
      return (
        (await db.get(sql`select 1 as one from sign_ups_waiting where subscriber_id = ${readerId}`)) !==
        undefined
      )
    },

    async remove(readerId: string): Promise<boolean> {
      return (await db.run(sql`delete from sign_ups_waiting where subscriber_id = ${readerId}`)).changes > 0
    },

    /** The domains for which somebody waits, the one that has waited longest first. */
    async domains(limit: number): Promise<string[]> {
      const rows = await db.all(sql`
        select domain, count(*) as count from sign_ups_waiting where held = 0
        group by domain order by min(since) limit ${limit}`)
      return Domains.parse(rows).map(({ domain }) => domain)
    },

    /** Who has waited longest at a domain. */
    async first(domain: string): Promise<Subscriber | undefined> {
      return Subscriber.optional().parse(
        await db.get(sql`
          select s.id, s.email, s.name, s.frequency, s.status, s.suppressed, s.confirmed
          from sign_ups_waiting as w join subscribers as s on s.id = w.subscriber_id
          where w.domain = ${domain} and w.held = 0 order by w.since, w.subscriber_id limit 1`),
      )
    },

    async count(limit: number): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from (select 1 from sign_ups_waiting limit ${limit}) as waiting`,
      )
      return Count.parse(row).count
    },

    async countSince(since: string): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from sign_ups_waiting where held = 0 and since > ${since}`,
      )
      return Count.parse(row).count
    },

    /** The domain for which most wait, and how many. */
    async mostAt(): Promise<{ domain: string; count: number } | undefined> {
      const rows = await db.all(sql`
        select domain, count(*) as count from sign_ups_waiting where held = 0
        group by domain order by count(*) desc, domain limit 1`)
      return Domains.parse(rows)[0]
    },

    async hold(): Promise<number> {
      return (await db.run(sql`update sign_ups_waiting set held = 1 where held = 0`)).changes
    },

    async countHeld(limit: number): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from (select 1 from sign_ups_waiting where held = 1 limit ${limit}) as held`)
      return Count.parse(row).count
    },

    async release(): Promise<number> {
      return (await db.run(sql`update sign_ups_waiting set held = 0 where held = 1`)).changes
    },

    async discard(): Promise<number> {
      return (await db.run(sql`delete from sign_ups_waiting where held = 1`)).changes
    },
  }
}
