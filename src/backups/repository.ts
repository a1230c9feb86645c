import { z } from 'zod'
import { type Database, raw, sql } from '../foundation/database.js'
import { Run } from './schema.js'

const Rows = z.array(
  z.object({ name: z.string(), value: z.string().transform(text => JSON.parse(text) as unknown) }),
)
const MaybeRun = Run.optional()
const Runs = z.array(Run)
const columns = raw('id, slot, asked, state, doing, bytes, ended, file, problem')

export function backupsRepository(db: Database) {
  return {
    async settings(): Promise<Record<string, unknown>> {
      const rows = Rows.parse(await db.all(sql`select name, value from backup_settings limit 100`))
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    },

    async saveSetting(name: string, value: unknown): Promise<void> {
      await db.run(sql`
        insert into backup_settings (name, value) values (${name}, ${JSON.stringify(value)})
        on conflict (name) do update set value = excluded.value`)
    },

    /** @returns whether it was asked for: not while another one waits or is made */
    async ask(id: string, asked: string): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into backup_runs (id, asked, state)
        select ${id}, ${asked}, 'waiting'
        where not exists (select 1 from backup_runs where state in ('waiting', 'running'))`)
      return changes === 1
    },

    async waiting(): Promise<Run | undefined> {
      return MaybeRun.parse(
        await db.get(sql`select ${columns} from backup_runs where state = 'waiting' order by asked limit 1`),
      )
    },

    async begin(id: string): Promise<boolean> {
      const { changes } = await db.run(
        sql`update backup_runs set state = 'running' where id = ${id} and state = 'waiting'`,
      )
      return changes === 1
    },

    /**
     * Takes a day's backup upon oneself, once; one that failed is tried again.
     * @param before ISO 8601: when the failure must lie back
     */
    async claim(id: string, slot: string, asked: string, before: string): Promise<Run | undefined> {
      return MaybeRun.parse(
        await db.get(sql`
          insert into backup_runs (id, slot, asked, state) values (${id}, ${slot}, ${asked}, 'running')
          on conflict (slot) do update set asked = excluded.asked, state = 'running', bytes = 0, problem = null, ended = null
            where state = 'failed' and ended <= ${before}
          returning ${columns}`),
      )
    },

    async progress(id: string, doing: string, bytes: number): Promise<void> {
      await db.run(
        sql`update backup_runs set doing = ${doing}, bytes = ${bytes} where id = ${id} and state = 'running'`,
      )
    },

    async finish(
      id: string,
      { file, bytes, ended }: { file: string; bytes: number; ended: string },
    ): Promise<void> {
      await db.run(sql`
        update backup_runs set state = 'done', doing = '', file = ${file}, bytes = ${bytes}, ended = ${ended}
        where id = ${id}`)
    },

    async fail(id: string, problem: string, ended: string): Promise<void> {
      await db.run(sql`
        update backup_runs set state = 'failed', doing = '', problem = ${problem}, ended = ${ended} where id = ${id}`)
    },

    /** Gives up what another program had begun and will not finish. */
    async giveUp(problem: string, ended: string): Promise<void> {
      await db.run(sql`
        update backup_runs set state = 'failed', doing = '', problem = ${problem}, ended = ${ended}
        where state = 'running'`)
    },

    /** The newest ones first. */
    async latest(limit: number): Promise<Run[]> {
      return Runs.parse(
        await db.all(sql`select ${columns} from backup_runs order by asked desc, id desc limit ${limit}`),
      )
    },

    async lastEnded(): Promise<Run | undefined> {
      return MaybeRun.parse(
        await db.get(sql`
          select ${columns} from backup_runs where state in ('done', 'failed') order by asked desc, id desc limit 1`),
      )
    },

    /** Forgets all but the newest. */
    async prune(kept: number): Promise<void> {
      await db.run(sql`
        delete from backup_runs where id in (select id from backup_runs order by asked desc, id desc limit 1000 offset ${kept})`)
    },
  }
}
