import { z } from 'zod'
import { type Database, sql } from '../foundation/database.js'
import { Counts, type ImportLine, Line, Problem } from './schema.js'

const MaybeLine = Line.optional()
const Lines = z.array(Line)
const Problems = z.array(Problem)
const MaybeImport = z.object({ id: z.string() }).optional()

/** Files of redirects between their dry run and their application. */
export function importsRepository(db: Database) {
  return {
    async begin(id: string, accountId: string, now: string, forget: string): Promise<void> {
      await db.run(sql`delete from redirect_imports where created < ${forget}`)
      await db.run(sql`
        insert into redirect_imports (id, account_id, created, lines) values (${id}, ${accountId}, ${now}, 0)`)
    },

    /** Whether an import is there and somebody's own. */
    async isOf(id: string, accountId: string): Promise<boolean> {
      return (
        MaybeImport.parse(
          await db.get(sql`select id from redirect_imports where id = ${id} and account_id = ${accountId}`),
        ) !== undefined
      )
    },

    async finish(id: string, lines: number): Promise<void> {
      await db.run(sql`update redirect_imports set lines = ${lines} where id = ${id}`)
    },

    async discard(id: string): Promise<void> {
      await db.run(sql`delete from redirect_imports where id = ${id}`)
    },

    async add(importId: string, { line, redirectId, from, to, key, problem }: ImportLine): Promise<void> {
      await db.run(sql`
        insert into redirect_import_lines (import_id, line, redirect_id, from_path, to_address, to_key, final_address,
          final_key, problem)
        values (${importId}, ${line}, ${redirectId}, ${from}, ${to}, ${key}, ${to}, ${key}, ${problem})`)
    },

    /** The line of a file that leads from an address. */
    async from(importId: string, from: string): Promise<Line | undefined> {
      return MaybeLine.parse(
        await db.get(sql`
          select line, from_path as "from", to_address as "to", to_key as "key" from redirect_import_lines
          where import_id = ${importId} and from_path = ${from} and problem = '' limit 1`),
      )
    },

    /** Usable lines in their order, after one of them. */
    async usable(importId: string, after: number, limit: number): Promise<Line[]> {
      return Lines.parse(
        await db.all(sql`
          select line, from_path as "from", to_address as "to", to_key as "key" from redirect_import_lines
          where import_id = ${importId} and line > ${after} and problem = '' order by line limit ${limit}`),
      )
    },

    /** Notes where a line leads with all chains followed. */
    async settle(importId: string, { line, address, key, circle }: Settled): Promise<void> {
      await db.run(sql`
        update redirect_import_lines set final_address = ${address}, final_key = ${key}, circle = ${circle}
        where import_id = ${importId} and line = ${line}`)
    },

    async unsettle(importId: string): Promise<void> {
      await db.run(sql`
        update redirect_import_lines set final_address = to_address, final_key = to_key
        where import_id = ${importId} and problem = '' and final_address <> to_address`)
    },

    async refuseCircles(importId: string): Promise<void> {
      await db.run(sql`
        update redirect_import_lines set problem = circle where import_id = ${importId} and problem = '' and circle <> ''`)
    },

    async problems(importId: string, limit: number): Promise<Problem[]> {
      return Problems.parse(
        await db.all(sql`
          select line, from_path as "from", to_address as "to", problem from redirect_import_lines
          where import_id = ${importId} and problem <> '' order by line limit ${limit}`),
      )
    },

    async counts(importId: string): Promise<Counts> {
      return Counts.parse(
        await db.get(sql`
          select i.lines,
            (select count(*) from redirect_import_lines where import_id = i.id and problem <> '') as problems,
            (select count(*) from redirect_import_lines as l where l.import_id = i.id and l.problem = ''
              and not exists (select 1 from redirects as r where r.from_path = l.from_path and r.removed is null)) as added,
            (select count(*) from redirect_import_lines as l join redirects as r on r.from_path = l.from_path
              where l.import_id = i.id and l.problem = '' and r.removed is null and r.to_address <> l.final_address) as replaced,
            (select count(*) from redirect_import_lines as l join redirects as r on r.from_path = l.from_path
              where l.import_id = i.id and l.problem = '' and r.removed is null and r.to_address = l.final_address) as same
          from redirect_imports as i where i.id = ${importId}`),
      )
    },

    /** Takes the usable lines between two lines into the table of redirects. */
    async apply(
      importId: string,
      { after, upTo, now, accountId }: { after: number; upTo: number; now: string; accountId: string },
    ): Promise<void> {
      await db.run(sql`
        insert into redirects (id, from_path, to_address, to_key, created, changed, account_id)
        select redirect_id, from_path, final_address, final_key, ${now}, ${now}, ${accountId}
        from redirect_import_lines
        where import_id = ${importId} and line > ${after} and line <= ${upTo} and problem = ''
        on conflict (from_path) do update set to_address = excluded.to_address, to_key = excluded.to_key,
          changed = excluded.changed, account_id = excluded.account_id, removed = null`)
    },

    /** Leads what stood in the table already straight on, where the file leads its target elsewhere. */
    async shortcut(importId: string): Promise<void> {
      await db.run(sql`
        update redirects set
          to_address = (select final_address from redirect_import_lines as l
            where l.import_id = ${importId} and l.from_path = redirects.to_key and l.problem = ''),
          to_key = (select final_key from redirect_import_lines as l
            where l.import_id = ${importId} and l.from_path = redirects.to_key and l.problem = '')
        where removed is null and to_key in (
          select from_path from redirect_import_lines where import_id = ${importId} and problem = '')`)
    },
  }
}

export interface Settled {
  line: number
  address: string
  key: string
  circle: string
}
