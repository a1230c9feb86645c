import { existsSync } from 'node:fs'
import { holdAlone } from '../foundation/alone.sqlite.js'
import { OperatorError } from '../foundation/errors.js'
import { findRing, type Keyholder, type KeyName, type Ring, replaceRing } from '../foundation/secret.js'

export interface Premises extends Keyholder {
  databaseFile: string
}

/**
 * Puts other keys in the place of those in the files, while nobody has the database open: whoever opens it reads its keys after that.
 * @param change of a name's keys
 * @throws OperatorError when a program has the database open; then nothing is changed
 */
export function changeRings(
  { databaseFile, ...holder }: Premises,
  names: readonly KeyName[],
  change: (ring: Ring) => Ring,
): void {
  const rings = names.map(name => ({ name, ring: findRing(holder, name) ?? missing(name) }))
  const release = existsSync(databaseFile) ? holdAlone(databaseFile) : () => undefined
  if (!release)
    throw new OperatorError(
      `A program has ${databaseFile} open, and would go on with the keys that it knows. Stop it (systemctl stop handpress), then try again; the tip line, where it is a process of its own, may go on.`,
    )
  try {
    for (const { name, ring } of rings) replaceRing(holder.dataDir, name, change(ring))
  } finally {
    release()
  }
}

function missing(name: KeyName): never {
  throw new OperatorError(`There is no ${name} yet: the first start makes it.`)
}
