import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

/** Something that is being done, as it is kept until it is in the trail. */
export const PendingDeed = z.object({
  id: z.string(),
  at: z.string(),
  /** null: the program itself */
  accountId: z.string().nullable(),
  accountName: z.string(),
  action: z.string(),
  /** JSON */
  subject: z.string(),
  /** JSON */
  details: z.string(),
})
export type PendingDeed = z.infer<typeof PendingDeed>

export function deedsRepository(db: Database) {
  return {
    async begin(deed: PendingDeed): Promise<void> {
      await db.run(sql`
        insert into tip_deeds (id, at, account_id, account_name, action, subject, details)
        values (${deed.id}, ${deed.at}, ${deed.accountId}, ${deed.accountName}, ${deed.action}, ${deed.subject},
          ${deed.details})`)
    },

    /** @returns false when it is not pending any more */
    async end(id: string): Promise<boolean> {
      return (await db.run(sql`delete from tip_deeds where id = ${id}`)).changes === 1
    },

    /** What was begun until an instant and never ended, in that order. */
    async pending(until: string, limit: number): Promise<PendingDeed[]> {
      return z.array(PendingDeed).parse(
        await db.all(sql`
          select id, at, account_id as "accountId", account_name as "accountName", action, subject, details
          from tip_deeds where at <= ${until} order by at, id limit ${limit}`),
      )
    },
  }
}
