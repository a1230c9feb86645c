import { z } from 'zod'
import { type Database, sql } from './database.js'

/** One opening of the program. */
export interface Holder {
  id: string
  pid: number
  /** where the pid means something */
  machine: string
}

const Row = z
  .object({ id: z.string(), pid: z.int(), machine: z.string(), isOver: z.int().transform(Boolean) })
  .optional()

export function leaseRepository(db: Database, name: string) {
  return {
    /**
     * Takes the lease where nobody has it, or keeps it.
     * @param lasts milliseconds; a lease that claims to last longer comes from an earlier start of the machine, and counts as over
     * @param now milliseconds of a clock that all holders share
     * @param gone the id of a holder that is known to have ended
     * @returns whether the holder has it now
     */
    async take(holder: Holder, lasts: number, now: number, gone = ''): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into leases (name, holder, pid, machine, expires)
        values (${name}, ${holder.id}, ${holder.pid}, ${holder.machine}, ${now + lasts})
        on conflict (name) do update set
          holder = excluded.holder, pid = excluded.pid, machine = excluded.machine, expires = excluded.expires
        where holder in (excluded.holder, ${gone}) or expires <= ${now} or expires > ${now + lasts}`)
      return changes > 0
    },

    /** Who has it, and whether its time is over. */
    async holder(lasts: number, now: number): Promise<z.infer<typeof Row>> {
      return Row.parse(
        await db.get(sql`
          select holder as id, pid, machine, expires <= ${now} or expires > ${now + lasts} as isOver
          from leases where name = ${name}`),
      )
    },

    async release({ id }: Holder): Promise<void> {
      await db.run(sql`delete from leases where name = ${name} and holder = ${id}`)
    },
  }
}
