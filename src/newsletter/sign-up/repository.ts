import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { type Purpose, Subscriber } from '../schema.js'

const columns = sql`id, email, name, frequency, status, suppressed, confirmed`

const Count = z.object({ count: z.int() })
const Quarters = z.array(z.object({ quarter: z.string(), count: z.int() }))
const MaybeSubscriber = Subscriber.optional()

export function newsletterRepository(db: Database) {
  return {
    async byKey(key: string): Promise<Subscriber | undefined> {
      return MaybeSubscriber.parse(
        await db.get(sql`select ${columns} from subscribers where email_key = ${key}`),
      )
    },

    async byId(id: string): Promise<Subscriber | undefined> {
      return MaybeSubscriber.parse(await db.get(sql`select ${columns} from subscribers where id = ${id}`))
    },

    /** The reader whom a token names, unless it has expired. */
    async byToken(hash: string, purpose: Purpose, now: string): Promise<Subscriber | undefined> {
      return MaybeSubscriber.parse(
        await db.get(sql`
          select s.id, s.email, s.name, s.frequency, s.status, s.suppressed, s.confirmed
          from subscriber_tokens as t join subscribers as s on s.id = t.subscriber_id
          where t.hash = ${hash} and t.purpose = ${purpose} and (t.expires is null or t.expires > ${now})`),
      )
    },

    /** Adds a reader, or brings one back who left, as pending. A form that gives no name, such as the boxes in articles, takes none away. */
    async savePending(
      subscriber: Pick<Subscriber, 'id' | 'email' | 'name' | 'frequency'>,
      key: string,
      now: string,
    ): Promise<void> {
      await db.run(sql`
        insert into subscribers (id, email, email_key, name, frequency, status, created)
        values (${subscriber.id}, ${subscriber.email}, ${key}, ${subscriber.name}, ${subscriber.frequency}, 'pending', ${now})
        on conflict (email_key) do update set email = excluded.email, frequency = excluded.frequency, status = 'pending',
          name = case when excluded.name = '' then subscribers.name else excluded.name end
        where subscribers.status <> 'active'`)
    },

    async confirm(id: string, now: string): Promise<void> {
      await db.run(sql`update subscribers set status = 'active', confirmed = ${now} where id = ${id}`)
    },

    async unsubscribe(id: string, now: string): Promise<void> {
      await db.run(
        sql`update subscribers set status = 'unsubscribed', unsubscribed = ${now} where id = ${id}`,
      )
    },

    /** Brings back a reader who had confirmed and left; undefined for everybody else. */
    async comeBack(id: string): Promise<Subscriber | undefined> {
      return MaybeSubscriber.parse(
        await db.get(sql`
          update subscribers set status = 'active'
          where id = ${id} and status = 'unsubscribed' and confirmed is not null and suppressed is null
          returning ${columns}`),
      )
    },

    async addConsent(consent: {
      id: string
      subscriberId: string
      at: string
      event: string
      form: string
      wording: string
      detail?: string
    }): Promise<void> {
      await db.run(sql`
        insert into consents (id, subscriber_id, at, event, form, wording, detail)
        values (${consent.id}, ${consent.subscriberId}, ${consent.at}, ${consent.event}, ${consent.form},
          ${consent.wording}, ${consent.detail ?? ''})`)
    },

    /**
     * How many readers confirmed or left in each quarter of an hour, `2020-12-24T09:15`, since an instant; those without any are absent.
     * At such quarters days begin, whatever the time zone.
     */
    async perQuarter(
      event: 'confirmed' | 'unsubscribed',
      since: string,
    ): Promise<{ quarter: string; count: number }[]> {
      return Quarters.parse(
        await db.all(sql`
          select quarter, count(*) as count from (
            select substr(at, 1, 14) || case when substr(at, 15, 2) < '15' then '00' when substr(at, 15, 2) < '30' then '15'
              when substr(at, 15, 2) < '45' then '30' else '45' end as quarter
            from consents where event = ${event} and at >= ${since}
          ) as events group by quarter order by quarter limit 10000`),
      )
    },

    async countActive(): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from subscribers where status = 'active' and suppressed is null`,
      )
      return Count.parse(row).count
    },

    async addToken(token: {
      hash: string
      purpose: Purpose
      subscriberId: string
      expires: string | null
      address?: string
    }): Promise<void> {
      await db.run(sql`
        insert into subscriber_tokens (hash, purpose, subscriber_id, expires, address)
        values (${token.hash}, ${token.purpose}, ${token.subscriberId}, ${token.expires}, ${token.address ?? null})`)
    },

    async removeExpiredTokens(now: string): Promise<void> {
      await db.run(sql`delete from subscriber_tokens where expires <= ${now}`)
    },
  }
}
