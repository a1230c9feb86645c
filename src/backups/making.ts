import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { access, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { encrypted } from '../foundation/age.js'
import { OperatorError } from '../foundation/errors.js'
import { syncFolder } from '../foundation/sync-folder.js'
import { archive, type Premises } from './archive.js'
import type { Manifest } from './contents.js'
import { markBackup } from './mark.js'
import { WORKSHOP } from './places.js'
import { unpack } from './unpacking.js'
import { openWorkshop } from './workshop.js'

export interface Order {
  /** where the backup is to stand */
  file: string
  /** whom it is sealed to, `age1…`; without one it can be read by whoever has it */
  recipients: string[]
  /** whether a file that stands there may be replaced */
  force?: boolean
  about: Pick<Manifest, 'program' | 'begun' | 'site'>
  /** is told every now and then how far it is */
  onProgress?: (progress: Progress) => void
  /** ends it before it is done; nothing is left of it then */
  signal?: AbortSignal
}

export interface Progress {
  doing: 'writing' | 'checking'
  bytes: number
}

export interface Made {
  file: string
  size: number
  manifest: Manifest
}

/**
 * Makes a backup, under another name until it is written, synced, read again and found whole. What was acknowledged before the call
 * is in it; nobody waits for it.
 * @throws OperatorError when it cannot be made; then nothing is left of it
 */
export async function makeBackup(premises: Premises, order: Order): Promise<Made> {
  const { dataDir } = premises
  const { file, about } = order
  await refuseUnlessFree(premises, order)
  const workshop = await openWorkshop(path.join(dataDir, WORKSHOP))
  const partial = `${file}.partial`
  try {
    const { manifest, hash } = await write(partial, { ...premises, workshop, about }, order)
    await verify(partial, hash, order)
    order.signal?.throwIfAborted()
    await rename(partial, file)
    await syncFolder(path.dirname(file))
    await markBackup(dataDir, about.begun)
    return { file, size: (await stat(file)).size, manifest }
  } catch (error) {
    await rm(partial, { force: true })
    throw sentence(error as NodeJS.ErrnoException)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function refuseUnlessFree({ dataDir, databaseFile }: Premises, { file, force }: Order): Promise<void> {
  if (!existsSync(databaseFile))
    throw new OperatorError(
      `There is no database at ${databaseFile}. Set DATA_DIR to the folder of the paper.`,
    )
  const within = path.relative(dataDir, file)
  if (!within.startsWith('..') && !path.isAbsolute(within) && !within.startsWith(`backups${path.sep}`))
    throw new OperatorError(
      `${file} lies in the data folder. Put backups elsewhere, best on another machine.`,
    )
  const found = await stat(file).catch(() => undefined)
  if (found?.isDirectory()) throw new OperatorError(`${file} is a folder. Name a file in it.`)
  if (found && !force)
    throw new OperatorError(`${file} is there already. Name another file, or replace it with --force.`)
  await access(path.dirname(file)).catch(() => {
    throw new OperatorError(`There is no folder ${path.dirname(file)}. Make it first.`)
  })
}

async function write(
  partial: string,
  source: Premises & { workshop: string; about: Order['about'] },
  { recipients, onProgress, signal }: Order,
): Promise<{ manifest: Manifest; hash: string }> {
  let manifest: Manifest | undefined
  let bytes = 0
  const digest = createHash('sha256')
  const contents = async function* () {
    manifest = yield* archive({ ...source, withKey: recipients.length > 0 })
  }
  await pipeline(
    Readable.from(contents(), { objectMode: false, highWaterMark: 1_048_576 }),
    createGzip({ level: 1, chunkSize: 262_144 }),
    async function* (content: AsyncIterable<Uint8Array>) {
      yield* recipients.length ? encrypted(content, recipients) : content
    },
    async function* (content: AsyncIterable<Uint8Array>) {
      for await (const chunk of content) {
        digest.update(chunk)
        bytes += chunk.length
        onProgress?.({ doing: 'writing', bytes })
        yield chunk
      }
    },
    createWriteStream(partial, { mode: 0o600, flags: 'w', flush: true }),
    ...(signal ? [{ signal }] : []),
  )
  return { manifest: manifest as Manifest, hash: digest.digest('hex') }
}

/** Reads what was written. Of a sealed one nobody here has the key: then it is the same bytes that were sealed. */
async function verify(
  partial: string,
  hash: string,
  { recipients, onProgress, signal }: Order,
): Promise<void> {
  const digest = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(partial, { highWaterMark: 262_144, signal })) {
    digest.update(chunk)
    bytes += chunk.length
    onProgress?.({ doing: 'checking', bytes })
  }
  if (digest.digest('hex') !== hash)
    throw new OperatorError(
      'The disk gave back something else than was written. Nothing was kept: use another disk.',
    )
  if (recipients.length > 0) return
  await unpack(partial, [], async (_entry, content) => {
    for await (const _chunk of content) signal?.throwIfAborted()
  })
}

const givenUp = 'The backup was stopped before it was done. Nothing of it was kept.'

const causes: Record<string, string> = {
  ENOSPC: 'The disk is full. Make room, or keep fewer backups',
  EACCES: 'This program may not write there. Give its account the folder, or choose another',
  EPERM: 'This program may not write there. Give its account the folder, or choose another',
  EROFS: 'The disk can only be read. Mount it for writing, or choose another',
  ENOENT: 'Something is missing',
  EIO: 'The disk fails. Use another one',
}

function sentence(error: NodeJS.ErrnoException): Error {
  if (error.name === 'AbortError') return new OperatorError(givenUp)
  const cause = causes[String(error.code)]
  return cause ? new OperatorError(`No backup was made. ${cause} (${error.message}).`) : error
}
