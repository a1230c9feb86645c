import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from './errors.js'
import { syncFolderAtOnce } from './sync-folder.js'

const BYTES = 32

/** The secrets that the paper stands on, by their names in DATA_DIR or among systemd’s credentials. */
export const keyNames = ['staff-key', 'secret-key', 'audit-key']

/** Where a secret is looked for: a credential of systemd counts before a file of DATA_DIR. */
export interface Keyholder {
  dataDir: string
  /** the folder of credentials, where there are any */
  credentials?: string | undefined
}

/**
 * Reads the 32 random bytes of a secret, which is made as a file of mode 0600 on first use, unless it comes as a credential.
 * @throws OperatorError when it holds fewer, so that nothing is signed or locked with a key that anybody could guess; when it came as
 * a credential before and does not now, so that nothing is signed or locked with another one
 */
export function readOrCreateSecret(holder: Keyholder, name: string): Buffer {
  const file = path.join(holder.dataDir, name)
  if (credentialFile(holder, name)) noteElsewhere(file)
  else if (!existsSync(file) && !existsSync(noteOf(file))) create(holder.dataDir, file)
  const secret = findSecret(holder, name)
  if (!secret) throw new OperatorError(`${file} went away while it was read. Start again.`)
  return secret
}

/**
 * The same, for whoever only looks.
 * @returns undefined where there is none
 */
export function findSecret(holder: Keyholder, name: string): Buffer | undefined {
  const given = credentialFile(holder, name)
  const file = path.join(holder.dataDir, name)
  if (given) return whole(given)
  if (existsSync(noteOf(file)))
    throw new OperatorError(
      `The paper is given ${name} as a credential of systemd, and this program was not. While the paper runs, ` +
        'set CREDENTIALS_DIRECTORY=/run/credentials/handpress.service for it. ' +
        `To have a file again, put the key at ${file} and delete ${noteOf(file)}.`,
    )
  return existsSync(file) ? whole(file) : undefined
}

/** Where a credential of this name lies; undefined where none is given. */
export function credentialFile(
  { credentials }: Pick<Keyholder, 'credentials'>,
  name: string,
): string | undefined {
  const file = credentials && path.join(credentials, name)
  return file && existsSync(file) ? file : undefined
}

function whole(file: string): Buffer {
  const secret = readFileSync(file)
  if (secret.length < BYTES)
    throw new OperatorError(
      `${file} holds ${secret.length} bytes of ${BYTES}: it was cut short. Take it out of a backup. ` +
        'If this is the very first start, before anybody had an account or signed up, delete it, and a new one is made.',
    )
  return secret
}

const noteOf = (file: string) => `${file}.elsewhere`

// A command at the shell has no credentials: without this note it would make a key of its own, and mark with it what the paper then disowns.
function noteElsewhere(file: string): void {
  if (existsSync(noteOf(file))) return
  writeFileSync(noteOf(file), 'This key comes as a credential of systemd.\n', { mode: 0o600, flush: true })
  syncFolderAtOnce(path.dirname(file))
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
