import { z } from 'zod'
import { type Database, empty, join, type Sql, sql } from '../../foundation/database.js'
import { Part, PartCounts, PlacedPart, Tip, type TipFilter, TipSettings, type TipState } from './schema.js'

const Count = z.object({ count: z.int() })
const Recipient = z.object({ publicKey: z.string() })
const Generation = z.object({ generation: z.int() })
const Generations = z.object({ operators: z.int(), own: z.int() })
const OperatorKeys = z.object({ keys: z.string().nullable() })

const Tips = z.array(Tip)
const Parts = z.array(Part)
const AllPartCounts = z.array(PartCounts)
const Recipients = z.array(Recipient)
const PlacedParts = z.array(PlacedPart)
const MaybeTip = Tip.optional()

const columns = sql`id, day, last_day as "lastDay", source_key as "sourceKey", state, pinned, spared, assigned`

/** All SQL of the tip line's own database; both doors stand on it, and on nothing else of each other. */
export function tipsRepository(db: Database) {
  const tip = async (where: Sql): Promise<Tip | undefined> =>
    MaybeTip.parse(await db.get(sql`select ${columns} from tips where ${where}`))

  return {
    byLookup: (lookup: string) => tip(sql`lookup = ${lookup}`),
    byId: (id: string) => tip(sql`id = ${id}`),

    async add(added: Pick<Tip, 'id' | 'day' | 'sourceKey'>, lookup: string): Promise<void> {
      await db.run(sql`
        insert into tips (id, day, last_day, source_key, lookup)
        values (${added.id}, ${added.day}, ${added.day}, ${added.sourceKey}, ${lookup})`)
    },

    /** Notes to whom replies are sealed, for a tip from before sources had keys; another's is left as it is. */
    async giveSourceKey(id: string, sourceKey: string): Promise<void> {
      await db.run(sql`update tips set source_key = ${sourceKey} where id = ${id} and source_key = ''`)
    },

    /** Tips with the latest message first. @param after the last one of the page before */
    async list(
      limit: number,
      { after, ...filter }: TipFilter & { after?: Pick<Tip, 'lastDay' | 'id'> | undefined },
    ): Promise<Tip[]> {
      const behind = after ? sql`(last_day, id) < (${after.lastDay}, ${after.id})` : sql`true`
      return Tips.parse(
        await db.all(sql`
          select ${columns} from tips where ${within(filter)} and ${behind}
          order by last_day desc, id desc limit ${limit}`),
      )
    },

    /** What each of these tips holds. */
    async partCounts(tipIds: string[]): Promise<PartCounts[]> {
      if (tipIds.length === 0) return []
      return AllPartCounts.parse(
        await db.all(sql`
          select tip_id as "tipId",
            sum(case when kind = 'source' and number = 0 then 1 else 0 end) as messages,
            sum(case when number > 0 then 1 else 0 end) as files,
            sum(case when kind = 'reply' then 1 else 0 end) as replies
          from tip_parts where tip_id in (${join(tipIds)}) group by tip_id limit ${tipIds.length}`),
      )
    },

    /** Unpinned tips that ended: their last message is of this day or older, and nothing spares them today. Oldest first. */
    async ended(silentSince: string, today: string, limit: number): Promise<Tip[]> {
      return Tips.parse(
        await db.all(sql`
          select ${columns} from tips where last_day <= ${silentSince} and pinned = 0 and spared < ${today}
          order by last_day, id limit ${limit}`),
      )
    },

    async setState(id: string, state: TipState): Promise<void> {
      await db.run(sql`update tips set state = ${state} where id = ${id}`)
    },

    async assign(id: string, account: string | null): Promise<void> {
      await db.run(sql`update tips set assigned = ${account} where id = ${id}`)
    },

    async pin(id: string): Promise<void> {
      await db.run(sql`update tips set pinned = 1 where id = ${id}`)
    },

    /** From now on the tip is kept for its time, and until this day at the least. */
    async unpin(id: string, spared: string): Promise<void> {
      await db.run(sql`update tips set pinned = 0, spared = ${spared} where id = ${id}`)
    },

    /** A tip's parts, oldest first; the limits of the form bound them in practice, this in any case. */
    async parts(tipId: string): Promise<Part[]> {
      return Parts.parse(
        await db.all(sql`
          select batch, number, day, kind from tip_parts where tip_id = ${tipId} order by batch, number limit 10000`),
      )
    },

    /** Notes a part. One from either side, unlike a note, keeps the tip for longer. */
    async addPart(tipId: string, { batch, number, day, kind }: Part): Promise<void> {
      await db.run(sql`
        insert into tip_parts (tip_id, batch, number, day, kind, generation)
        values (${tipId}, ${batch}, ${number}, ${day}, ${kind}, (select generation from tip_settings where id = 1))`)
      if (kind !== 'note')
        await db.run(sql`update tips set last_day = ${day} where id = ${tipId} and last_day < ${day}`)
    },

    /** How many tips lie here; counted up to a limit. */
    async count(limit: number, filter: TipFilter = {}): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from (select 1 from tips where ${within(filter)} limit ${limit}) as found`,
      )
      return Count.parse(row).count
    },

    /** Public keys to which tips are sealed, beside those that the operator names. */
    async recipients(): Promise<string[]> {
      const rows = await db.all(
        sql`select public_key as "publicKey" from recipients order by public_key limit 100`,
      )
      return Recipients.parse(rows).map(row => row.publicKey)
    },

    /** From now on whatever comes is sealed to this key as well; what came before counts as behind. */
    async addRecipient(publicKey: string, day: string): Promise<void> {
      await db.transaction(async tx => {
        const { changes } = await tx.run(sql`
          insert into recipients (public_key, added_day, generation)
          values (${publicKey}, ${day}, (select generation + 1 from tip_settings where id = 1))
          on conflict (public_key) do nothing`)
        if (changes) await tx.run(sql`update tip_settings set generation = generation + 1 where id = 1`)
      })
    },

    /** From now on nothing is sealed to this key. */
    async removeRecipient(publicKey: string): Promise<void> {
      await db.run(sql`delete from recipients where public_key = ${publicKey}`)
    },

    /** The number of the newest key that tips are sealed to now; 0 when none has ever been added. */
    async generation(): Promise<number> {
      const row = await db.get(sql`
        select operator_generation as operators, coalesce((select max(generation) from recipients), 0) as own
        from tip_settings where id = 1`)
      const { operators, own } = Generations.parse(row)
      return Math.max(operators, own)
    },

    /** Whether tips have ever been sealed to anybody of the newsroom's own. */
    async hadRecipients(): Promise<boolean> {
      const row = await db.get(sql`select generation from tip_settings where id = 1`)
      return Generation.parse(row).generation > 0
    },

    /** Notes whom the operator names, so that a key that is new among them counts as added. */
    async noteOperatorKeys(keys: string[]): Promise<void> {
      await db.transaction(async tx => {
        const { keys: before } = OperatorKeys.parse(
          await tx.get(sql`select operator_keys as keys from tip_settings where id = 1`),
        )
        const known = before?.split(' ') ?? keys
        if (keys.some(key => !known.includes(key)))
          await tx.run(sql`
            update tip_settings set generation = generation + 1, operator_generation = generation + 1 where id = 1`)
        await tx.run(sql`update tip_settings set operator_keys = ${keys.join(' ')} where id = 1`)
      })
    },

    /** Parts of all tips, in the order of their place. @param after the place of the last one of the page before */
    async placedParts(
      limit: number,
      after?: Pick<PlacedPart, 'tipId' | 'batch' | 'number'>,
    ): Promise<PlacedPart[]> {
      const behind = after
        ? sql`where (p.tip_id, p.batch, p.number) > (${after.tipId}, ${after.batch}, ${after.number})`
        : empty
      return PlacedParts.parse(
        await db.all(sql`
          select p.tip_id as "tipId", p.batch, p.number, p.day, p.kind, p.generation, t.source_key as "sourceKey"
          from tip_parts as p join tips as t on t.id = p.tip_id ${behind}
          order by p.tip_id, p.batch, p.number limit ${limit}`),
      )
    },

    async placedPart(tipId: string, batch: number, number: number): Promise<PlacedPart | undefined> {
      return PlacedPart.optional().parse(
        await db.get(sql`
          select p.tip_id as "tipId", p.batch, p.number, p.day, p.kind, p.generation, t.source_key as "sourceKey"
          from tip_parts as p join tips as t on t.id = p.tip_id
          where p.tip_id = ${tipId} and p.batch = ${batch} and p.number = ${number}`),
      )
    },

    /** Notes that a part is sealed to every key there is by now. */
    async partResealed({ tipId, batch, number }: PlacedPart, generation: number): Promise<void> {
      await db.run(sql`
        update tip_parts set generation = ${generation}
        where tip_id = ${tipId} and batch = ${batch} and number = ${number}`)
    },

    async settings(): Promise<TipSettings> {
      return TipSettings.parse(
        await db.get(
          sql`select retention_days as "retentionDays", recovery_required as "recoveryRequired" from tip_settings where id = 1`,
        ),
      )
    },

    async changeSettings({ retentionDays, recoveryRequired }: TipSettings): Promise<void> {
      await db.run(sql`
        update tip_settings set retention_days = ${retentionDays}, recovery_required = ${recoveryRequired ? 1 : 0} where id = 1`)
    },
  }
}

function within({ state, assigned, silentSince }: TipFilter): Sql {
  const conditions = [
    ...(state ? [sql`state = ${state}`] : []),
    ...(assigned ? [sql`assigned = ${assigned}`] : []),
    ...(silentSince ? [sql`last_day <= ${silentSince} and pinned = 0`] : []),
  ]
  return conditions.length ? join(conditions, ' and ') : sql`true`
}
