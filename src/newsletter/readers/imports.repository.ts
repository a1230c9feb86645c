import { z } from 'zod'
import { type Database, sql } from '../../foundation/database.js'
import { Columns } from './columns.js'
import { CsvFormat } from './csv.js'
import { ImportChoices, ImportCounts, LineProblem } from './schema.js'

/** Parses a column that holds JSON. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform(text => JSON.parse(text) as unknown)
    .pipe(schema)

export const ImportState = z.enum(['received', 'checking', 'checked', 'importing', 'finished', 'failed'])
export type ImportState = z.infer<typeof ImportState>

/** What its owner decided about a file. */
export const Plan = ImportChoices.extend({ columns: Columns })
export type Plan = z.infer<typeof Plan>

/** A file of readers on its way into the list. */
export const ReaderImport = z.object({
  id: z.string(),
  file: z.string(),
  created: z.string(),
  state: ImportState,
  format: json(CsvFormat),
  /** nothing before it was decided */
  choices: json(Plan.partial()),
  counts: json(ImportCounts),
  problems: json(z.array(LineProblem)),
  failure: z.string(),
  seen: z.string(),
})
export type ReaderImport = z.infer<typeof ReaderImport>

const columns = sql`id, file, created, state, format, choices, counts, problems, failure, seen`
const Ids = z.array(z.object({ id: z.string() }))

/** Files of readers and how far they got. */
export function importsRepository(db: Database) {
  return {
    async add(
      row: Pick<ReaderImport, 'id' | 'file' | 'created' | 'format'> & { accountId: string },
    ): Promise<void> {
      await db.run(sql`
        insert into reader_imports (id, file, account_id, created, state, format, seen)
        values (${row.id}, ${row.file}, ${row.accountId}, ${row.created}, 'received', ${JSON.stringify(row.format)},
          ${row.created})`)
    },

    async byId(id: string): Promise<ReaderImport | undefined> {
      return ReaderImport.optional().parse(
        await db.get(sql`select ${columns} from reader_imports where id = ${id}`),
      )
    },

    async latest(limit: number): Promise<ReaderImport[]> {
      return z
        .array(ReaderImport)
        .parse(
          await db.all(
            sql`select ${columns} from reader_imports order by created desc, id desc limit ${limit}`,
          ),
        )
    },

    async decide(id: string, plan: Plan): Promise<void> {
      await db.run(sql`update reader_imports set choices = ${JSON.stringify(plan)} where id = ${id}`)
    },

    /**
     * Goes on to another state, if nobody else was quicker.
     * @param seen for taking over work that stands still: when it last got on
     */
    async enter(
      id: string,
      from: ImportState,
      to: ImportState,
      { now, seen }: { now: string; seen?: string | undefined },
    ): Promise<boolean> {
      const row = await db.get(sql`
        update reader_imports set state = ${to}, seen = ${now}, failure = ''
        where id = ${id} and state = ${from} and seen = coalesce(${seen ?? null}, seen) returning id`)
      return row !== undefined
    },

    async progress(id: string, counts: ImportCounts, now: string): Promise<void> {
      await db.run(
        sql`update reader_imports set counts = ${JSON.stringify(counts)}, seen = ${now} where id = ${id}`,
      )
    },

    async end(
      id: string,
      { state, failure = '', problems }: { state: ImportState; failure?: string; problems?: LineProblem[] },
    ): Promise<void> {
      const kept = problems ? JSON.stringify(problems) : null
      await db.run(sql`
        update reader_imports set state = ${state}, failure = ${failure}, problems = coalesce(${kept}, problems)
        where id = ${id}`)
    },

    /** Work that was broken off on purpose may be taken up at once. */
    async release(id: string): Promise<void> {
      await db.run(sql`update reader_imports set seen = '' where id = ${id}`)
    },

    async remove(id: string): Promise<void> {
      await db.run(sql`delete from reader_imports where id = ${id}`)
    },

    /** Files that nobody went on with. */
    async abandoned(before: string): Promise<string[]> {
      const rows = await db.all(sql`
        select id from reader_imports where state <> 'finished' and created < ${before} and seen < ${before} limit 100`)
      return Ids.parse(rows).map(({ id }) => id)
    },

    /** Forgets what lines said, and keeps what became of them. */
    async forgetLines(before: string): Promise<void> {
      await db.run(sql`
        update reader_imports set problems = '[]'
        where state = 'finished' and created < ${before} and problems <> '[]'`)
    },

    async forgetSamples(id: string, format: CsvFormat): Promise<void> {
      await db.run(
        sql`update reader_imports set format = ${JSON.stringify({ ...format, samples: [] })} where id = ${id}`,
      )
    },
  }
}
