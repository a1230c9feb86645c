import { z } from 'zod'
import { type Database, empty, raw, sql } from '../foundation/database.js'
import { End, Entry, type Filter } from './schema.js'

const columns = raw(`number, at, account_id as accountId, account_name as accountName, action,
  subject_kind as subjectKind, subject_id as subjectId, subject_label as subjectLabel, details, previous, mark`)

const Entries = z.array(Entry)
const MaybeEnd = End.optional()
const none: End = { number: 0, mark: '', seal: '' }
const Kinds = z.array(z.object({ kind: z.string() }))
const People = z.array(z.object({ id: z.string(), name: z.string() }))

/** Persons or kinds that a filter offers. */
const MOST_CHOICES = 200

export function auditRepository(db: Database) {
  return {
    async end(): Promise<End> {
      return MaybeEnd.parse(await db.get(sql`select number, mark, seal from audit_end`)) ?? none
    },

    async append(entry: Entry, seal: string): Promise<void> {
      await db.run(sql`
        insert into audit (number, at, account_id, account_name, action, subject_kind, subject_id, subject_label,
          details, previous, mark)
        values (${entry.number}, ${entry.at}, ${entry.accountId}, ${entry.accountName}, ${entry.action},
          ${entry.subjectKind}, ${entry.subjectId}, ${entry.subjectLabel}, ${entry.details}, ${entry.previous},
          ${entry.mark})`)
      await db.run(sql`
        insert into audit_end (only, number, mark, seal) values (1, ${entry.number}, ${entry.mark}, ${seal})
        on conflict (only) do update set number = excluded.number, mark = excluded.mark, seal = excluded.seal`)
    },

    /** Entries from the newest on, before one of them. */
    async before(number: number, { person, kind }: Filter, limit: number): Promise<Entry[]> {
      return Entries.parse(
        await db.all(sql`
          select ${columns} from audit
          where number < ${number}
            ${person ? sql`and account_id = ${person}` : empty}
            ${kind ? sql`and subject_kind = ${kind}` : empty}
          order by number desc limit ${limit}`),
      )
    },

    /** Each kind of thing that something was done to; walks from one to the next along the index. */
    async kinds(): Promise<string[]> {
      const rows = await db.all(sql`
        with recursive kinds (kind) as (
          select min(subject_kind) from audit
          union all
          select (select min(subject_kind) from audit where subject_kind > kinds.kind) from kinds
          where kinds.kind is not null
        )
        select kind from kinds where kind is not null limit ${MOST_CHOICES}`)
      return Kinds.parse(rows).map(({ kind }) => kind)
    },

    /** Everybody who ever did something, by the name of the last time. */
    async people(): Promise<{ id: string; name: string }[]> {
      return People.parse(
        await db.all(sql`
          with recursive people (id) as (
            select min(account_id) from audit
            union all
            select (select min(account_id) from audit where account_id > people.id) from people
            where people.id is not null
          )
          select id, (select account_name from audit where account_id = people.id order by number desc limit 1) as name
          from people where id is not null limit ${MOST_CHOICES}`),
      )
    },

    /** Entries in their order, after one of them. */
    async after(number: number, limit: number): Promise<Entry[]> {
      return Entries.parse(
        await db.all(
          sql`select ${columns} from audit where number > ${number} order by number limit ${limit}`,
        ),
      )
    },
  }
}
