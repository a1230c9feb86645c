import { type Database, sql } from '../foundation/database.js'

export function shorterMarksRepository(db: Database) {
  return {
    /** Whether versions that made shorter marks may have mailed links from here. */
    async wereMade(): Promise<boolean> {
      return (await db.get(sql`select only from shorter_marks where only = 1`)) !== undefined
    },
  }
}
