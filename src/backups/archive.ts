import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { OperatorError } from '../foundation/errors.js'
import { credentialFile, keyNames } from '../foundation/secret.js'
import { MANIFEST, type Manifest, SUMS, type Sums, writeSums } from './contents.js'
import { filesToKeep, ifThere, KEY, SITE, TIPS } from './places.js'
import { damageIn, takeSnapshot } from './snapshot.sqlite.js'
import { TAR_END, tarHeader, tarPadding } from './tar.js'

/** The newsroom's files, and who knows which of them belong to rows. */
export interface Premises {
  dataDir: string
  databaseFile: string
  /** where keys lie that systemd hands over, where it does */
  credentials?: string | undefined
  /** Names of files, below the data folder, that rows of these databases tell of; a paper may have no tip line yet. */
  named(site: string, tips: string | undefined): AsyncIterable<string>
}

export interface Archiving extends Premises {
  /** a new folder for the snapshots */
  workshop: string
  /** whether the newsroom's own secret key goes into it, and keys that systemd hands over */
  withKey: boolean
  about: Pick<Manifest, 'program' | 'begun' | 'site'>
}

/** How often the snapshots are taken again when a file went away between a row and its reading. */
const MOST_ROUNDS = 5

/**
 * All that a newsroom cannot make again, as one tar archive, while others go on working with it. Files come first and the databases
 * last, together with whatever file they name by then: so each row finds its file. What was deleted meanwhile, file and row, is
 * left out of the list at the end. Keys come after the databases: those that were replaced meanwhile hold the ones before as well.
 * @returns what was put into it
 */
export async function* archive(source: Archiving): AsyncGenerator<Buffer, Manifest> {
  const { dataDir, databaseFile, workshop, withKey } = source
  const box = openBox()
  const isKey = (name: string) => keyNames.some(key => key === name)
  for await (const name of filesToKeep(dataDir, databaseFile))
    if ((withKey || name !== KEY) && !isKey(name)) yield* box.add(name, path.join(dataDir, name))

  const { named, missing } = yield* databasesAndTheirFiles(source, box)
  for (const name of box.sums.keys())
    if (!named.has(name) && !(await stat(path.join(dataDir, name)).catch(ifThere))) box.sums.delete(name)
  for (const [name, file] of snapshotsIn(workshop)) {
    if (!existsSync(file)) continue
    const [damage] = damageIn(file)
    if (damage)
      throw new OperatorError(
        `The database ${name} is damaged (${damage}). Nothing was written: keep the backups that there are, and run handpress doctor.`,
      )
    yield* box.add(name, file)
  }
  for (const name of keyNames) {
    const handed = credentialFile(source, name)
    if (withKey || !handed) yield* box.add(name, handed ?? path.join(dataDir, name))
  }
  const { leftOut, bytes } = box.state()
  const manifest = {
    format: 1 as const,
    ...source.about,
    files: box.sums.size,
    bytes,
    withKey,
    missing,
    leftOut,
  }
  yield* box.addText(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
  yield* box.addText(SUMS, [...writeSums(box.sums)].join(''))
  yield TAR_END
  return manifest
}

const snapshotsIn = (workshop: string): [name: string, file: string][] => [
  [SITE, path.join(workshop, SITE)],
  [TIPS, path.join(workshop, 'tips.db')],
]

async function* databasesAndTheirFiles(
  source: Archiving,
  box: Box,
): AsyncGenerator<Buffer, { named: Set<string>; missing: string[] }> {
  const { dataDir, databaseFile, workshop } = source
  const [[, site], [, tips]] = snapshotsIn(workshop) as [[string, string], [string, string]]
  for (let round = 1, before = ''; ; round += 1) {
    await mkdir(workshop, { recursive: true, mode: 0o700 })
    await freshSnapshot(databaseFile, site)
    if (existsSync(path.join(dataDir, TIPS))) await freshSnapshot(path.join(dataDir, TIPS), tips)
    const named = new Set<string>()
    const missing: string[] = []
    for await (const name of source.named(site, existsSync(tips) ? tips : undefined)) {
      named.add(name)
      if (!box.sums.has(name)) yield* box.add(name, path.join(dataDir, name))
      if (!box.sums.has(name)) missing.push(name)
    }
    // The same ones twice: they are gone for good, and their rows are not.
    if (missing.length === 0 || missing.join() === before || round === MOST_ROUNDS) return { named, missing }
    before = missing.join()
  }
}

async function freshSnapshot(file: string, target: string): Promise<void> {
  await rm(target, { force: true })
  await takeSnapshot(file, target)
}

type Box = ReturnType<typeof openBox>

/** What was put into the archive so far. */
function openBox() {
  const sums: Sums = new Map()
  const leftOut: string[] = []
  let bytes = 0

  async function* addOpened(name: string, handle: FileHandle): AsyncGenerator<Buffer> {
    const { size, mode, mtimeMs } = await handle.stat()
    const header = tarHeader({ name, size, mode, modified: mtimeMs / 1_000 })
    if (!header) {
      leftOut.push(name)
      return
    }
    yield header
    const digest = createHash('sha256')
    let read = 0
    // What grows meanwhile ends where it ended at first.
    const content = size === 0 ? [] : handle.createReadStream({ start: 0, end: size - 1, ...inLargePieces })
    for await (const chunk of content as AsyncIterable<Buffer>) {
      digest.update(chunk)
      read += chunk.length
      yield chunk
    }
    if (read < size) throw new OperatorError(`${name} was cut off while it was read. Make the backup again.`)
    if (size % 512) yield tarPadding(size)
    sums.set(name, digest.digest('hex'))
    bytes += size
  }

  return {
    sums,
    state: () => ({ leftOut, bytes }),

    /** A file, unless it is gone by now. */
    async *add(name: string, file: string): AsyncGenerator<Buffer> {
      const handle = await open(file).catch(ifThere)
      if (!handle) return
      try {
        yield* addOpened(name, handle)
      } finally {
        await handle.close()
      }
    },

    async *addText(name: string, text: string): AsyncGenerator<Buffer> {
      const content = Buffer.from(text)
      const header = tarHeader({ name, size: content.length, mode: 0o600, modified: 0 }) as Buffer
      sums.set(name, createHash('sha256').update(content).digest('hex'))
      yield Buffer.concat([header, content, tarPadding(content.length)])
    },
  }
}

const inLargePieces = { highWaterMark: 262_144, autoClose: false }
