import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Reads the 32 random bytes of a secret file, which is made with mode 0600 on first use. */
export function readOrCreateSecret(folder: string, name: string): Buffer {
  const file = path.join(folder, name)
  try {
    writeFileSync(file, randomBytes(32), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file)
}
