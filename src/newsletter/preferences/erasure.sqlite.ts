import { type Database, sql } from '../../foundation/database.js'

/** Does work whose deletions are overwritten with zeros on the disk, not only marked as free. */
export async function overwriting<Result>(tx: Database, work: () => Promise<Result>): Promise<Result> {
  await tx.get(sql`pragma secure_delete = on`)
  try {
    return await work()
  } finally {
    await tx.get(sql`pragma secure_delete = off`)
  }
}
