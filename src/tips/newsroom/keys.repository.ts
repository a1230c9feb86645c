import { z } from 'zod'
import { type Database, raw, type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { type KeyKind, OwnKey, TipKey } from './keys.schema.js'

const TipKeys = z.array(TipKey)
const OwnKeys = z.array(OwnKey)
const Count = z.object({ count: z.int() })
const PublicKeys = z.array(z.object({ publicKey: z.string() }))

const columns =
  raw(`k.id, k.public_key as "publicKey", k.kind, k.account_id as "accountId", p.name as "accountName",
  k.label, case when k.wrapped is null then 0 else 1 end as "isWrapped", k.made`)
const keys = raw('tip_keys as k left join accounts as p on p.id = k.account_id')

// Owners see to every key, others to their own.
const within = ({ id, role }: Actor): Sql => (role === 'owner' ? sql`1 = 1` : sql`k.account_id = ${id}`)

/** Whose the newsroom's keys are; which of them tips are sealed to stands in the tip line's own database. */
export function keysRepository(db: Database) {
  return {
    /** All keys, recovery keys first, then by whose they are. */
    async all(): Promise<TipKey[]> {
      return TipKeys.parse(
        await db.all(
          sql`select ${columns} from ${keys} order by k.kind desc, p.name, k.made, k.id limit 200`,
        ),
      )
    },

    /** A key that this colleague may do something about. */
    async within(actor: Actor, id: string): Promise<TipKey | undefined> {
      return TipKey.optional().parse(
        await db.get(sql`select ${columns} from ${keys} where k.id = ${id} and ${within(actor)}`),
      )
    },

    /** Somebody's own keys as an editor, with their sealed secret halves. */
    async own(accountId: string): Promise<OwnKey[]> {
      return OwnKeys.parse(
        await db.all(sql`
          select ${columns}, k.wrapped from ${keys}
          where k.account_id = ${accountId} and k.kind = 'editor' order by k.made desc, k.id desc limit 50`),
      )
    },

    async count(): Promise<number> {
      return Count.parse(await db.get(sql`select count(*) as count from tip_keys`)).count
    },

    /** @returns false when this public key stands here already */
    async add(key: {
      id: string
      publicKey: string
      kind: KeyKind
      accountId: string
      label: string
      wrapped: string | null
      made: string
    }): Promise<boolean> {
      const { changes } = await db.run(sql`
        insert into tip_keys (id, public_key, kind, account_id, label, wrapped, made)
        values (${key.id}, ${key.publicKey}, ${key.kind}, ${key.accountId}, ${key.label}, ${key.wrapped}, ${key.made})
        on conflict (public_key) do nothing`)
      return changes === 1
    },

    async remove(id: string): Promise<void> {
      await db.run(sql`delete from tip_keys where id = ${id}`)
    },

    /** Public keys of editors who may not read tips any more: gone, disabled, or in another role. */
    async ofThoseWhoLeft(): Promise<string[]> {
      const rows = await db.all(sql`
        select k.public_key as "publicKey" from ${keys}
        where k.kind = 'editor' and (p.id is null or p.state <> 'active' or p.role not in ('owner', 'editor'))
        limit 200`)
      return PublicKeys.parse(rows).map(row => row.publicKey)
    },
  }
}
