import { z } from 'zod'
import { type Database, join, sql } from '../../foundation/database.js'

const Settings = z.object({ isOn: z.int().transform(Boolean) })
const Recipients = z.array(z.object({ email: z.string() }))
const MaybeRow = z.object({ found: z.literal(1) }).optional()

export function alertsRepository(db: Database) {
  return {
    async isOn(): Promise<boolean> {
      const row = await db.get(sql`select is_on as "isOn" from tip_alert_settings where only = 1`)
      return Settings.parse(row).isOn
    },

    async turn(on: boolean): Promise<void> {
      await db.run(sql`update tip_alert_settings set is_on = ${on ? 1 : 0} where only = 1`)
    },

    async isDone(day: string): Promise<boolean> {
      const row = await db.get(sql`select 1 as found from tip_alerts where day = ${day}`)
      return MaybeRow.parse(row) !== undefined
    },

    /** Takes a day; whoever comes second, in this process or another, does not get it. */
    async claim(day: string, at: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into tip_alerts (day, at) values (${day}, ${at}) on conflict (day) do nothing`)
      return changes === 1
    },

    /** Drops days before one, which nobody asks for any more. */
    async forgetBefore(day: string): Promise<void> {
      await db.run(sql`delete from tip_alerts where day < ${day}`)
    },

    /** Addresses of the owners and editors who hold one of these keys. */
    async holders(publicKeys: string[]): Promise<string[]> {
      if (publicKeys.length === 0) return []
      const rows = await db.all(sql`
        select distinct a.email from tip_keys as k join accounts as a on a.id = k.account_id
        where k.kind = 'editor' and k.public_key in (${join(publicKeys)})
          and a.role in ('owner', 'editor') and a.state = 'active'
        order by a.email limit 500`)
      return Recipients.parse(rows).map(({ email }) => email)
    },
  }
}
