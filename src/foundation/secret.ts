import { createHash, randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from './errors.js'
import { syncFolderAtOnce } from './sync-folder.js'

const BYTES = 32

/**
 * The secrets that the paper stands on, by their names in DATA_DIR or among systemd’s credentials. The trail’s comes first: what
 * becomes of the others is noted in it.
 */
export const keyNames = ['audit-key', 'staff-key', 'secret-key'] as const
export type KeyName = (typeof keyNames)[number]

/** Where a secret is looked for: a credential of systemd counts before a file of DATA_DIR. */
export interface Keyholder {
  dataDir: string
  /** the folder of credentials, where there are any */
  credentials?: string | undefined
}

/** The keys of one name, of 32 bytes each. A file holds them one after the other, the newest first. */
export interface Ring {
  /** makes everything that is made now */
  newest: Buffer
  /** those that it replaced, the latest first: believed for what they made, and used for nothing new */
  older: Buffer[]
}

/**
 * Reads the keys of a name. The first is made as a file of mode 0600 on first use, unless it comes as a credential.
 * @throws OperatorError when it is cut short, so that nothing is signed or locked with a key that anybody could guess; when it came as
 * a credential before and does not now, so that nothing is signed or locked with another one
 */
export function readOrCreateRing(holder: Keyholder, name: string): Ring {
  const file = path.join(holder.dataDir, name)
  if (credentialFile(holder, name)) noteElsewhere(file)
  else if (!existsSync(file) && !existsSync(noteOf(file))) create(holder.dataDir, file)
  const ring = findRing(holder, name)
  if (!ring) throw new OperatorError(`${file} went away while it was read. Start again.`)
  return ring
}

/** The same, for a secret that is never replaced. @returns its 32 bytes */
export function readOrCreateSecret(holder: Keyholder, name: string): Buffer {
  return readOrCreateRing(holder, name).newest
}

/**
 * The same, for whoever only looks.
 * @returns undefined where there is none
 */
export function findRing(holder: Keyholder, name: string): Ring | undefined {
  const given = credentialFile(holder, name)
  const file = path.join(holder.dataDir, name)
  if (given) return ringIn(given)
  if (existsSync(noteOf(file)))
    throw new OperatorError(
      `The paper is given ${name} as a credential of systemd, and this program was not. While the paper runs, ` +
        'set CREDENTIALS_DIRECTORY=/run/credentials/handpress.service for it. ' +
        `To have a file again, put the key at ${file} and delete ${noteOf(file)}.`,
    )
  return existsSync(file) ? ringIn(file) : undefined
}

/** Where a credential of this name lies; undefined where none is given. */
export function credentialFile(
  { credentials }: Pick<Keyholder, 'credentials'>,
  name: string,
): string | undefined {
  const file = credentials && path.join(credentials, name)
  return file && existsSync(file) ? file : undefined
}

/** Whether systemd hands a secret over, now or before, so that it is not this program's to write. */
export function isElsewhere(holder: Keyholder, name: string): boolean {
  return credentialFile(holder, name) !== undefined || existsSync(noteOf(path.join(holder.dataDir, name)))
}

/** What a key may be called where everybody reads it: 64 bits of a hash, by which nobody finds 256 random ones. */
export function keyId(key: Buffer): string {
  return createHash('sha256').update('handpress key\n').update(key).digest('hex').slice(0, 16)
}

/**
 * Puts keys in the place of those in a file. They have its name only once they are on the disk, so that a crash leaves all of the one
 * or all of the other.
 */
export function replaceRing(dataDir: string, name: KeyName, { newest, older }: Ring): void {
  const file = path.join(dataDir, name)
  const unfinished = `${file}.partial`
  rmSync(unfinished, { force: true })
  writeFileSync(unfinished, Buffer.concat([newest, ...older]), { mode: 0o600, flag: 'wx', flush: true })
  renameSync(unfinished, file)
  syncFolderAtOnce(dataDir)
}

/** A new key in front of those that there are. */
export function withNewKey({ newest, older }: Ring): Ring {
  return { newest: randomBytes(BYTES), older: [newest, ...older] }
}

function ringIn(file: string): Ring {
  const bytes = readFileSync(file)
  if (bytes.length < BYTES || bytes.length % BYTES)
    throw new OperatorError(
      `${file} holds ${bytes.length} bytes of ${BYTES * Math.ceil(bytes.length / BYTES || 1)}: it was cut short. Take it out of a backup. ` +
        'If this is the very first start, before anybody had an account or signed up, delete it, and a new one is made.',
    )
  const keys = Array.from({ length: bytes.length / BYTES }, (_, at) =>
    bytes.subarray(at * BYTES, (at + 1) * BYTES),
  )
  return { newest: keys[0] as Buffer, older: keys.slice(1) }
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
