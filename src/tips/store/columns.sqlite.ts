import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'

const Columns = z.array(z.object({ table: z.string(), column: z.string() }))
export type Column = z.infer<typeof Columns>[number]

/** Every column of every table that the tip line's database has at this moment, in the order in which they were made. */
export async function columnsOf(db: Database): Promise<Column[]> {
  return Columns.parse(
    await db.all(sql`
      select made.name as "table", part.name as "column"
      from sqlite_schema as made join pragma_table_info(made.name) as part
      where made.type = 'table' and made.name not like 'sqlite\\_%' escape '\\'
      order by made.rowid, part.cid limit 1000`),
  )
}
