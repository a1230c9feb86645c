import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { unlessInTrouble } from '../../foundation/storage-trouble.js'
import { syncFolder } from '../../foundation/sync-folder.js'
import { readAgeHeader } from '../sealing/age-header.js'
import { entryName } from '../sealing/entry-name.js'
import type { Sealer } from '../sealing/sealer.js'
import { type LyingPart, type Resealed, stageResealed } from './resealed.js'
import type { Part } from './schema.js'
import { isAbandoned, stagingName } from './staging-names.js'

/** What a source is sending, sealed as it arrives. It counts only once it is kept. */
export interface Staged {
  /** Seals the message, with how to reach the source where that is given. */
  message(message: string, contact: string): Promise<void>
  /** Seals a file under its name. */
  file(name: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** Takes a part as it comes: somebody's browser has sealed it. @param number 0 for a text, then the files */
  sealed(number: number, content: AsyncIterable<Uint8Array>): Promise<void>
  /** numbers of the sealed parts: 0 is the message, then the files */
  numbers(): number[]
  /** Moves the parts into the tip's folder, where a crash leaves them, and dates them to the day. */
  keep(tipId: string, batch: Omit<Part, 'number'>): Promise<void>
  /** Removes whatever was not kept. */
  discard(): Promise<void>
}

type PartPlace = Pick<Part, 'batch' | 'number' | 'kind'>

export type SealedStore = Awaited<ReturnType<typeof sealedStore>>

/**
 * The folders of ciphertext: `sealed/<tip>/<batch>-{message,reply,note}.age`, `<batch>-file-<n>.age`, and one for what is on its way.
 * Sealed folders that no row knows are left alone: a lost database must not take the tips with it.
 * @param sealer seals what a source without scripts sends
 * @param stagings names of the folder for what is on its way, and of others whose leftovers are ours to sweep
 */
export async function sealedStore(
  folder: string,
  { seal }: Pick<Sealer, 'seal'>,
  stagings: [own: string, ...others: string[]],
) {
  const sealed = path.join(folder, 'sealed')
  const staging = path.join(folder, stagings[0])
  for (const place of [sealed, staging]) await mkdir(place, { recursive: true, mode: 0o700 })
  const leftovers = await foldersIn(stagings.map(name => path.join(folder, name)))

  const place = (tipId: string, part: PartPlace): string => path.join(sealed, tipId, partName(part))
  const undiscarded = new Set<string>()

  // What a disk does not let go of now goes with the next one.
  const discardAll = async (): Promise<void> => {
    for (const one of [...undiscarded]) {
      await rm(one, { recursive: true, force: true })
      undiscarded.delete(one)
    }
    await undate(staging)
  }

  return {
    /**
     * Removes what a crash left on its way. For a program that serves, once it listens: a command that runs beside a server
     * would take the tips that are just arriving there.
     * @param besideOthers others serve already: what their processes have on its way stays, what ended ones left goes
     */
    async sweep(besideOthers: boolean): Promise<void> {
      for (const left of leftovers)
        if (!besideOthers || isAbandoned(path.basename(left)))
          await rm(left, { recursive: true, force: true })
    },

    stage(recipients: string[]): Staged {
      const place = path.join(staging, stagingName())
      // Not before there is something for it: most of a flood leaves nothing to write.
      let made: Promise<unknown> | undefined
      const parts = new Set<number>()
      const staged = (number: number) => path.join(place, `${number}.age`)
      const newPart = async (number: number): Promise<string> => {
        parts.add(number)
        made ??= mkdir(place, { mode: 0o700 })
        await made
        return staged(number)
      }
      return {
        message: async (message, contact) => {
          const entries = [{ name: 'message.txt', content: bytes(message) }]
          if (contact) entries.push({ name: 'contact.txt', content: bytes(contact) })
          await seal(entries, recipients, await newPart(0))
        },
        file: async (name, content) => {
          const number = [...parts].filter(Boolean).length + 1
          await seal([{ name: entryName(name), content }], recipients, await newPart(number))
        },
        sealed: async (number, content) => {
          const file = await newPart(number)
          await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }))
        },
        numbers: () => [...parts].sort((a, b) => a - b),
        keep: async (tipId, { batch, kind, day }) => {
          const home = path.join(sealed, tipId)
          await mkdir(home, { recursive: true, mode: 0o700 })
          for (const number of parts) {
            await dateToDay(staged(number), day)
            await rename(staged(number), path.join(home, partName({ batch, number, kind })))
          }
          await syncFolder(home)
          await syncFolder(sealed)
          await dateToDay(home, day)
          await undate(sealed)
        },
        discard: async () => {
          if (!made) return
          undiscarded.add(place)
          await unlessInTrouble(discardAll())
        },
      }
    },

    /**
     * Removes a tip's files. Zeros go over the beginning of each first, where the keys stand without which the rest opens to
     * nobody: on a disk that writes in place the freed blocks are then worthless. Flash memory may keep a copy of its own.
     */
    async remove(tipId: string): Promise<void> {
      const home = path.join(sealed, tipId)
      for (const name of (await readdir(home).catch(missing)) ?? [])
        await blank(path.join(home, name)).catch(missing)
      await rm(home, { recursive: true, force: true })
      await syncFolder(sealed)
      await undate(sealed)
    },

    /** Removes the files of one batch, and the tip's folder where nothing else is in it. */
    async removeBatch(tipId: string, batch: number): Promise<void> {
      const home = path.join(sealed, tipId)
      const found = await stat(home).catch(missing)
      if (!found) return
      const names = (await readdir(home)).filter(name => name.startsWith(`${batch}-`))
      for (const name of names) await rm(path.join(home, name), { force: true })
      await utimes(home, found.atime, found.mtime)
      await rmdir(home).catch(unlessInUse)
      await syncFolder(sealed)
      await undate(sealed)
    },

    /** Ids of the tips that have a folder here. */
    folders: (): Promise<string[]> => readdir(sealed),

    /** A part's length in bytes; undefined when its file is not there. */
    async size(tipId: string, part: Pick<Part, 'batch' | 'number' | 'kind'>): Promise<number | undefined> {
      const found = await stat(path.join(sealed, tipId, partName(part))).catch(() => undefined)
      return found?.size
    },

    /** A part's ciphertext, and its length in bytes. Throws ENOENT when it is not there. */
    async open(
      tipId: string,
      part: Pick<Part, 'batch' | 'number' | 'kind'>,
    ): Promise<{ content: Readable; size: number }> {
      const file = path.join(sealed, tipId, partName(part))
      const { size } = await stat(file)
      return { content: createReadStream(file), size }
    },

    /** What a part's file tells without any key. Throws ENOENT when it is not there. */
    lying: (tipId: string, part: PartPlace): Promise<LyingPart> => readAgeHeader(place(tipId, part)),

    /** Takes a part as somebody's browser sealed it anew. */
    reseal: (content: AsyncIterable<Uint8Array>, most: number): Promise<Resealed> =>
      stageResealed(staging, content, most),

    place,
  }
}

/** What a part's file is called; `handpress tips open` reads the order and the kind from it. */
export function partName({ batch, number, kind }: Pick<Part, 'batch' | 'number' | 'kind'>): string {
  if (number > 0) return `${batch}-file-${number}.age`
  return `${batch}-${kind === 'source' ? 'message' : kind}.age`
}

async function foldersIn(places: string[]): Promise<string[]> {
  const found = places.map(async place => {
    const names = await readdir(place).catch(() => [])
    return names.map(name => path.join(place, name))
  })
  return (await Promise.all(found)).flat()
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

// The file system would keep the second at which a tip came. What it notes by itself (change and birth times,
// and those of the database file) stays; the tip page says so.
async function dateToDay(file: string, day: string): Promise<void> {
  const midnight = new Date(`${day}T00:00:00Z`)
  await utimes(file, midnight, midnight)
}

// A folder that all tips share would tell when the last one came or went.
async function undate(folder: string): Promise<void> {
  await utimes(folder, new Date(0), new Date(0))
}

const HEAD = 65_536

// An age file begins with its keys, wrapped for each recipient (C2SP age, "Header").
async function blank(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const { size } = await handle.stat()
    await handle.write(Buffer.alloc(Math.min(size, HEAD)), 0, undefined, 0)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function unlessInUse(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY') throw error
}
