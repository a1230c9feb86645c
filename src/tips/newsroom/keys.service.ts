import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, NotFound } from '../../foundation/errors.js'
import { keyOnServer, recipientOnServer } from '../sealing/newsroom-key.js'
import { type TipSettings, type TipStore, tipsRepository } from '../store/index.js'
import type { DeedsService } from './deeds.js'
import { keysRepository } from './keys.repository.js'
import type { KeyKind, OwnKey, TipKey } from './keys.schema.js'

export interface KeysServices {
  db: Database
  store: TipStore
  clock: Clock
  ids: Ids
  audit: AuditService
  deeds: DeedsService
  dataDir: string
  /** recipients that the operator named */
  operatorRecipients: string[]
}

/** A key as the page lists it. */
interface ListedKey extends TipKey {
  /** whether tips are sealed to it now */
  isActive: boolean
  /** whether the tip line closes without it */
  isLast: boolean
}

/** Everybody that tips are, or were, sealed to. */
export interface KeyList {
  keys: ListedKey[]
  /** sealed to as well, though nobody registered them: the first key, or one whose row was lost */
  strays: { publicKey: string; isOnServer: boolean; isLast: boolean }[]
  operators: string[]
  /** the path of the first key's secret half while it lies on this machine */
  keyOnServer: string | undefined
  settings: TipSettings
  hasRecovery: boolean
  /** whether nobody is left to seal to */
  isClosed: boolean
}

export type KeysService = ReturnType<typeof keysService>

const MOST_KEYS = 50

/** The keys of the newsroom: public halves, and secret halves that a passphrase seals. */
export function keysService(services: KeysServices) {
  const { db, store, clock, ids, audit, deeds, dataDir, operatorRecipients } = services
  const repository = keysRepository(db)
  const tips = tipsRepository(store.db)
  const today = () => clock().toISOString().slice(0, 10)

  const found = async (actor: Actor, id: string): Promise<TipKey> => {
    const key = await repository.within(actor, id)
    if (!key) throw new NotFound('There is no such key. Somebody may have removed it.')
    return key
  }

  const activeRecovery = async (): Promise<TipKey[]> => {
    const recipients = await tips.recipients()
    return (await repository.all()).filter(
      key => key.kind === 'recovery' && recipients.includes(key.publicKey),
    )
  }

  const mayBeActive = async (kind: KeyKind): Promise<void> => {
    const { recoveryRequired } = await tips.settings()
    if (kind === 'editor' && recoveryRequired && (await activeRecovery()).length === 0)
      throw new Conflict(noRecovery)
  }

  /** Takes a public key out of the recipients, unless that closes the tip line and nobody said so. */
  const leave = async (publicKey: string, last: boolean): Promise<void> => {
    const closes = await store.db.transaction(async tx => {
      const inside = tipsRepository(tx)
      const rest = [...operatorRecipients, ...(await inside.recipients())].filter(key => key !== publicKey)
      if (rest.length === 0 && !last) return true
      await inside.removeRecipient(publicKey)
      return false
    })
    if (closes) throw new Conflict(closing)
  }

  const mayLeave = async (key: TipKey): Promise<void> => {
    if (key.kind !== 'recovery' || !(await tips.settings()).recoveryRequired) return
    const others = (await activeRecovery()).filter(({ id }) => id !== key.id)
    if (others.length === 0) throw new Conflict(stillRequired)
  }

  const noted = (
    actor: Actor | undefined,
    action: string,
    key: Pick<TipKey, 'id' | 'label' | 'publicKey'>,
    work: () => Promise<void>,
  ) => deeds.noted(actor, { action, subject: subjectOf(key), details: shown(key) }, work)

  const reconcile = async (): Promise<void> => {
    const recipients = new Set(await tips.recipients())
    const gone = new Set((await repository.ofThoseWhoLeft()).filter(key => recipients.has(key)))
    for (const key of (await repository.all()).filter(({ publicKey }) => gone.has(publicKey)))
      await noted(undefined, 'stopped-sealing-to', key, () => tips.removeRecipient(key.publicKey))
  }

  return {
    async list(): Promise<KeyList> {
      const [keys, own, settings] = [await repository.all(), await tips.recipients(), await tips.settings()]
      const recipients = new Set([...operatorRecipients, ...own])
      const isLast = (publicKey: string) => recipients.size === 1 && recipients.has(publicKey)
      const listed = keys.map(key => ({
        ...key,
        isActive: own.includes(key.publicKey),
        isLast: isLast(key.publicKey),
      }))
      const onServer = await recipientOnServer(dataDir)
      const registered = new Set(keys.map(key => key.publicKey))
      return {
        keys: listed,
        strays: own
          .filter(key => !registered.has(key))
          .map(key => ({ publicKey: key, isOnServer: key === onServer, isLast: isLast(key) })),
        operators: operatorRecipients,
        keyOnServer: keyOnServer(dataDir),
        settings,
        hasRecovery: listed.some(key => key.kind === 'recovery' && key.isActive),
        isClosed: recipients.size === 0,
      }
    },

    /** What the scripts of an editor's tab need: their sealed keys, and whom to seal to. */
    async mine(actor: Actor): Promise<{ keys: (OwnKey & { isActive: boolean })[]; recipients: string[] }> {
      const own = await tips.recipients()
      const keys = await repository.own(actor.id)
      return {
        keys: keys.map(key => ({ ...key, isActive: own.includes(key.publicKey) })),
        recipients: [...new Set([...operatorRecipients, ...own])],
      }
    },

    /**
     * Registers the public half of a key that somebody's browser made; tips are sealed to it from now on.
     * @throws Conflict where it stands here already, there are too many, or the recovery key that is required is missing
     */
    async register(
      actor: Actor,
      made: { kind: KeyKind; label: string; publicKey: string; wrapped: string | null },
    ): Promise<TipKey> {
      await mayBeActive(made.kind)
      const key = { ...made, id: ids(), accountId: actor.id, made: clock().toISOString() }
      await db.transaction(async tx => {
        if ((await keysRepository(tx).count()) >= MOST_KEYS) throw new Conflict(tooMany)
        if (!(await keysRepository(tx).add(key))) throw new Conflict('This key is registered already.')
        await audit.record(tx, actor, {
          ...{ action: 'registered', subject: subjectOf(key) },
          details: { kind: key.kind, ...shown(key), 'kept on the server': key.wrapped !== null },
        })
      })
      await tips.addRecipient(key.publicKey, today())
      await reconcile()
      return found(actor, key.id)
    },

    /** Tips are sealed to this key again. */
    async activate(actor: Actor, id: string): Promise<TipKey> {
      const key = await found(actor, id)
      await mayBeActive(key.kind)
      await noted(actor, 'started-sealing-to', key, () => tips.addRecipient(key.publicKey, today()))
      // Whose role was taken meanwhile has no active key.
      await reconcile()
      return key
    },

    /** From now on no tip is sealed to this key; it still opens what was. @param last whether the tip line may close with it */
    async deactivate(actor: Actor, id: string, last: boolean): Promise<TipKey> {
      const key = await found(actor, id)
      await mayLeave(key)
      await noted(actor, 'stopped-sealing-to', key, () => leave(key.publicKey, last))
      return key
    },

    /** The same, and its sealed secret half is gone from the server. */
    async remove(actor: Actor, id: string, last: boolean): Promise<TipKey> {
      const key = await found(actor, id)
      await mayLeave(key)
      await noted(actor, 'removed', key, async () => {
        await leave(key.publicKey, last)
        await repository.remove(id)
      })
      return key
    },

    /** Stops sealing to a key that nobody registered, the first one say. */
    async retire(actor: Actor, publicKey: string, last: boolean): Promise<void> {
      const isStray = (await this.list()).strays.some(stray => stray.publicKey === publicKey)
      if (!isStray) throw new NotFound('Tips are not sealed to this key any more.')
      const stray = { id: publicKey, label: '', publicKey }
      await noted(actor, 'stopped-sealing-to', stray, () => leave(publicKey, last))
    },

    /** Stops sealing to those who left or lost their role; to be called after such a change and at each start. */
    reconcile,

    /** To be called at each start: a key that the operator added since counts as new. */
    noteOperators: () => tips.noteOperatorKeys(operatorRecipients),
  }
}

const noRecovery =
  'This newsroom requires a recovery key, and has no active one. An owner makes it first, at Keys; then make yours.'
const closing =
  'This is the only key that tips are sealed to: without it the tip line closes. Open the page again and confirm that.'
const stillRequired =
  'The settings require a recovery key and this is the only active one. Make another first, or change the settings.'
const tooMany = `There are ${MOST_KEYS} keys already. Remove those that nobody uses first.`

function subjectOf({ id, label }: Pick<TipKey, 'id' | 'label'>) {
  return { kind: 'tip-key', id, label }
}

// A public half is no secret; its beginning tells keys apart in the trail.
function shown({ publicKey }: Pick<TipKey, 'publicKey'>) {
  return { 'public key': `${publicKey.slice(0, 16)}…` }
}
