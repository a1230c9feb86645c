import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from './errors.js'
import { syncFolderAtOnce } from './sync-folder.js'

const BYTES = 32

/**
 * Reads the 32 random bytes of a secret file, which is made with mode 0600 on first use.
 * @throws OperatorError when the file holds fewer, so that nothing is signed or locked with a key that anybody could guess
 */
export function readOrCreateSecret(folder: string, name: string): Buffer {
  const file = path.join(folder, name)
  if (!existsSync(file)) create(folder, file)
  const secret = readFileSync(file)
  if (secret.length < BYTES)
    throw new OperatorError(
      `${file} holds ${secret.length} bytes of ${BYTES}: it was cut short. Take it out of a backup. ` +
        'If this is the very first start, before anybody had an account or signed up, delete it, and a new one is made.',
    )
  return secret
}

// Its name comes last and only to bytes that are on the disk, so that no crash leaves an empty key. A link, unlike a rename, does not take
// the place of the one that another program made meanwhile.
function create(folder: string, file: string): void {
  const unfinished = `${file}.${process.pid}.partial`
  try {
    writeFileSync(unfinished, randomBytes(BYTES), { mode: 0o600, flush: true })
    linkSync(unfinished, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(unfinished, { force: true })
  }
  syncFolderAtOnce(folder)
}
