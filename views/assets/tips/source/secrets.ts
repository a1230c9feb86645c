// What the codename of a source who has come back derived to: in this tab's memory alone, until it is left, or until nobody has
// touched it for half an hour.
import { holdUnlocked, onLock, unlockedIdentity } from '../unlocked.js'
import type { Secrets } from './codename.js'

let proof: Pick<Secrets, 'lookup' | 'sourceKey'> | undefined

onLock(() => {
  proof = undefined
})

/** Holds what was derived. */
export function hold({ identity, ...rest }: Secrets): void {
  proof = rest
  holdUnlocked(identity)
}

/** What is held, if anything. */
export function heldSecrets(): Secrets | undefined {
  const identity = unlockedIdentity()
  return identity && proof ? { ...proof, identity } : undefined
}
