import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Colleague } from './cases.schema.js'

const Colleagues = z.array(Colleague)
const Found = z.object({ found: z.literal(1) }).optional()

/** What the inbox reads of the paper's own database. */
export function casesRepository(db: Database) {
  return {
    /** Who may see to a tip. */
    async colleagues(): Promise<Colleague[]> {
      return Colleagues.parse(
        await db.all(sql`
          select id, name from accounts where role in ('owner', 'editor') and state = 'active'
          order by name, id limit 500`),
      )
    },

    /** Whether somebody has a key of their own. */
    async holdsKey(accountId: string): Promise<boolean> {
      const row = await db.get(sql`
        select 1 as found from tip_keys where account_id = ${accountId} and kind = 'editor' limit 1`)
      return Found.parse(row) !== undefined
    },
  }
}
