import { z } from 'zod'
import { type Database, raw, sql } from '../foundation/database.js'
import { End, Entry } from './schema.js'

const columns = raw(`number, at, account_id as accountId, account_name as accountName, action,
  subject_kind as subjectKind, subject_id as subjectId, subject_label as subjectLabel, details, previous, mark`)

const Entries = z.array(Entry)
const MaybeEnd = End.optional()

export function auditRepository(db: Database) {
  return {
    async end(): Promise<End> {
      return MaybeEnd.parse(await db.get(sql`select number, mark from audit_end`)) ?? { number: 0, mark: '' }
    },

    async append(entry: Entry): Promise<void> {
      await db.run(sql`
        insert into audit (number, at, account_id, account_name, action, subject_kind, subject_id, subject_label,
          details, previous, mark)
        values (${entry.number}, ${entry.at}, ${entry.accountId}, ${entry.accountName}, ${entry.action},
          ${entry.subjectKind}, ${entry.subjectId}, ${entry.subjectLabel}, ${entry.details}, ${entry.previous},
          ${entry.mark})`)
      await db.run(sql`
        insert into audit_end (only, number, mark) values (1, ${entry.number}, ${entry.mark})
        on conflict (only) do update set number = excluded.number, mark = excluded.mark`)
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
