import type { AuditService } from '../audit/index.js'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { OperatorError } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import {
  type Keyholder,
  type KeyName,
  keyId,
  keyNames,
  type Ring,
  readOrCreateRing,
} from '../foundation/secret.js'
import { type Known, knownKeys, readNote, writeNote } from './note.js'

/** What a feature does about its own, in the transaction that notes it; each may be asked twice. */
export interface KeyChange {
  /** Makes anew with the newest key whatever can be made anew. */
  replaced?(tx: Database, ring: Ring): Promise<void>
  /** Takes away what is of no use without the older keys. */
  forgotten?(tx: Database, ring: Ring): Promise<void>
}

export interface SettlingServices {
  db: Database
  keys: Keyholder
  clock: Clock
  log: Log
  audit: AuditService
  changes: Record<KeyName, KeyChange>
}

/**
 * Brings the databases up to the keys that lie there. A file with a new key is in its place before anything is made with it, and holds
 * the older ones as well; so whatever was cut short in between, all can be read, and the next start does what is left to do here.
 */
export async function settleKeys(services: SettlingServices): Promise<void> {
  const { keys, clock } = services
  const before = readNote(keys.dataDir)
  const note = { ...before }
  for (const name of keyNames) {
    const ring = readOrCreateRing(keys, name)
    const known = knownKeys(keys, name, ring, clock().toISOString())
    await settle(services, name, ring, known)
    note[name] = idsOf(ring).map(
      id => known.find(key => key.id === id) ?? { id, since: clock().toISOString() },
    )
    // After each of them, since the next may fail.
    if (JSON.stringify(note[name]) !== JSON.stringify(before[name])) writeNote(keys.dataDir, note)
  }
}

/**
 * For a process that others were begun before: they would go on with a key that this one has replaced.
 * @throws OperatorError when the keys are not those that the first process settled
 */
export function refuseOtherKeys(holder: Keyholder): void {
  const note = readNote(holder.dataDir)
  for (const name of keyNames)
    if (note[name]?.[0]?.id !== keyId(readOrCreateRing(holder, name).newest))
      throw new OperatorError(
        `${name} was replaced while the paper runs. Stop the program and start it again.`,
      )
}

async function settle(
  services: SettlingServices,
  name: KeyName,
  ring: Ring,
  known: [Known, ...Known[]],
): Promise<void> {
  const { log, changes } = services
  const ids = idsOf(ring)
  const [last] = known
  if (last.id !== ids[0]) {
    const isLost = !ids.includes(last.id)
    await noted(services, isLost ? 'lost-key' : 'replaced-key', name, ids[0], async tx => {
      if (!isLost) await changes[name].replaced?.(tx, ring)
    })
    if (isLost)
      log.warn(
        { key: name },
        'the key that the database was worked with is not there: what it made is not believed',
      )
    else log.warn({ key: name }, 'a new key is taken into use; older ones are believed for what they made')
    if (isLost) return
  }
  if (known.some(({ id }) => !ids.includes(id)))
    await noted(services, 'forgot-older-keys', name, ids[0], async tx => changes[name].forgotten?.(tx, ring))
}

async function noted(
  { db, audit }: SettlingServices,
  action: string,
  name: KeyName,
  id: string | undefined,
  work: (tx: Database) => Promise<void>,
): Promise<void> {
  const deed = { action, subject: { kind: 'key', id: name, label: name }, details: { key: id ?? '' } }
  // Where a power cut came between this and the note, it is in the trail already.
  const isTold = await audit.tellsOf(deed)
  await db.transaction(async tx => {
    await work(tx)
    if (!isTold) await audit.record(tx, undefined, deed)
  })
}

function idsOf({ newest, older }: Ring): string[] {
  return [newest, ...older].map(keyId)
}
