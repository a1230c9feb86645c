import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'

const Rows = z.array(
  z.object({ name: z.string(), value: z.string().transform(text => JSON.parse(text) as unknown) }),
)

export function settingsRepository(db: Database) {
  return {
    async all(): Promise<Record<string, unknown>> {
      const rows = Rows.parse(await db.all(sql`select name, value from newsletter_settings limit 100`))
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    },

    async save(name: string, value: unknown): Promise<void> {
      await db.run(sql`
        insert into newsletter_settings (name, value) values (${name}, ${JSON.stringify(value)})
        on conflict (name) do update set value = excluded.value`)
    },
  }
}
