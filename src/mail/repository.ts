import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import type { Letter } from './letter.js'
import { LetterText, type Message, Troubled, Waiting } from './schema.js'

const Instant = z.object({ at: z.string().nullable() })

const Count = z.object({ count: z.int() })
const OutboxCounts = z.object({ outbox: z.int(), outbox_held: z.int(), outbox_failed: z.int() })
export type OutboxCounts = z.infer<typeof OutboxCounts>
const Dismissed = z.object({ subject: z.string() }).optional()
const AllTroubled = z.array(Troubled)

const AllWaiting = z.array(Waiting)

export function outboxRepository(db: Database) {
  const keepLetter = async ({ id, html, text, marks }: Letter): Promise<void> => {
    if (await db.get(sql`select 1 as one from outbox_letters where id = ${id}`)) return
    await db.run(sql`
      insert into outbox_letters (id, html, text, marks) values (${id}, ${html}, ${text}, ${JSON.stringify(marks)})
      on conflict (id) do nothing`)
  }

  return {
    async add(id: string, message: Message, now: string): Promise<void> {
      const isCopy = 'letter' in message
      if (isCopy) await keepLetter(message.letter)
      const { fromName, subject } = isCopy ? message.letter : message
      const { html, text } = isCopy ? { html: '', text: '' } : message
      await db.run(sql`
        insert into outbox (id, recipient, from_name, subject, html, text, letter, filling, headers, return_tag,
          next_attempt, created)
        values (${id}, ${message.to}, ${fromName}, ${subject}, ${html}, ${text},
          ${isCopy ? message.letter.id : null}, ${JSON.stringify(isCopy ? message.values : {})},
          ${JSON.stringify(message.headers ?? {})}, ${message.returnTag ?? null}, ${now}, ${now})`)
    },

    async letter(id: string): Promise<LetterText | undefined> {
      return LetterText.optional().parse(
        await db.get(sql`select html, text, marks from outbox_letters where id = ${id}`),
      )
    },

    /** Forgets the letters that no mail is a copy of any more. */
    async removeLetters(): Promise<void> {
      await db.run(sql`
        delete from outbox_letters
        where id not in (select letter from outbox where letter is not null)`)
    },

    /** Takes mail whose time has come in hand, the longest waiting first, so that no other worker offers it until an instant. */
    async claim(worker: string, until: string, now: string, limit: number): Promise<Waiting[]> {
      return AllWaiting.parse(
        await db.all(sql`
          update outbox set claimed_by = ${worker}, claimed_until = ${until}
          where id in (
            select id from outbox
            where status = 'queued' and held = 0 and next_attempt <= ${now}
              and (claimed_until is null or claimed_until <= ${now})
            order by next_attempt, id limit ${limit})
          returning id, recipient, from_name as "fromName", subject, html, text, letter, filling, headers,
            return_tag as "returnTag", attempts, created`),
      )
    },

    /** Lets everybody take what others had in hand, who have ended. */
    async releaseOthers(worker: string): Promise<void> {
      await db.run(sql`
        update outbox set claimed_by = null, claimed_until = null
        where claimed_until is not null and claimed_by <> ${worker}`)
    },

    /** When the next waiting mail is due. */
    async nextAttempt(): Promise<string | undefined> {
      const row = await db.get(
        sql`select min(next_attempt) as at from outbox where status = 'queued' and held = 0`,
      )
      return Instant.parse(row).at ?? undefined
    },

    /** Mail that was given up, or has waited since before an instant, the oldest first. */
    async troubled(since: string, limit: number): Promise<Troubled[]> {
      return AllTroubled.parse(
        await db.all(sql`
          select * from (
            select id, recipient, subject, status, attempts, last_error as reason, created from outbox
            where status = 'failed' order by created desc, id desc limit ${limit}) as failed
          union all
          select * from (
            select id, recipient, subject, status, attempts, last_error as reason, created from outbox
            where status = 'queued' and held = 0 and created <= ${since} order by created, id limit ${limit}) as late`),
      )
    },

    /** How many of them there are; counted up to a limit of each kind. */
    async countTroubled(since: string, limit: number): Promise<number> {
      const row = await db.get(sql`
        select
          (select count(*) from (select 1 from outbox where status = 'failed' limit ${limit}) as failed) +
          (select count(*) from (
            select 1 from outbox where status = 'queued' and held = 0 and created <= ${since} limit ${limit}) as late) as count`)
      return Count.parse(row).count
    },

    /** How many wait, are held since a restore, or were given up; counted up to a limit of each. */
    async counts(limit: number): Promise<OutboxCounts> {
      return OutboxCounts.parse(
        await db.get(sql`
          select
            (select count(*) from (
              select 1 from outbox where status = 'queued' and held = 0 limit ${limit}) as some) as outbox,
            (select count(*) from (select 1 from outbox where held = 1 limit ${limit}) as some) as outbox_held,
            (select count(*) from (select 1 from outbox where status = 'failed' limit ${limit}) as some) as outbox_failed`),
      )
    },

    /** Keeps everything that waits from going out. @returns how many */
    async hold(): Promise<number> {
      const { changes } = await db.run(sql`update outbox set held = 1 where status = 'queued' and held = 0`)
      return changes
    },

    async countHeld(limit: number): Promise<number> {
      const row = await db.get(sql`
        select count(*) as count from (select 1 from outbox where held = 1 limit ${limit}) as held`)
      return Count.parse(row).count
    },

    /** Lets what is held go out. @returns how many */
    async release(): Promise<number> {
      return (await db.run(sql`update outbox set held = 0 where held = 1`)).changes
    },

    /** Takes away what is held. @returns how many */
    async discard(): Promise<number> {
      return (await db.run(sql`delete from outbox where held = 1`)).changes
    },

    /** Takes away a mail that was given up. @returns its subject; undefined when there is none */
    async dismiss(id: string): Promise<string | undefined> {
      const row = await db.get(
        sql`delete from outbox where id = ${id} and status = 'failed' returning subject`,
      )
      return Dismissed.parse(row)?.subject
    },

    /** Takes away all mail to an address, waiting or given up. */
    async forget(address: string): Promise<void> {
      await db.run(sql`delete from outbox where lower(recipient) = lower(${address})`)
    },

    async remove(id: string): Promise<void> {
      await db.run(sql`delete from outbox where id = ${id}`)
    },

    async postpone(id: string, nextAttempt: string, error: string): Promise<void> {
      await db.run(sql`
        update outbox set attempts = attempts + 1, next_attempt = ${nextAttempt}, last_error = ${error},
          claimed_by = null, claimed_until = null
        where id = ${id}`)
    },

    /** Gives a mail up and forgets its text, which may hold tokens that still work. */
    async giveUp(id: string, error: string): Promise<void> {
      await db.run(sql`
        update outbox set status = 'failed', attempts = attempts + 1, html = '', text = '', filling = '{}', headers = '{}',
          last_error = ${error} where id = ${id}`)
    },
  }
}
