import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises'
import path from 'node:path'
import { seal } from './sealing.js'

/** What a source is sending, sealed as it arrives. It counts only once it is kept. */
export interface Staged {
  /** Seals the message, with how to reach the source where that is given. */
  message(message: string, contact: string): Promise<void>
  /** Seals a file under its name. */
  file(name: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** numbers of the sealed parts: 0 is the message, then the files */
  numbers(): number[]
  /** Moves the parts into the tip's folder, where a crash leaves them, and dates them to the day. */
  keep(tipId: string, batch: number, day: string): Promise<void>
  /** Removes whatever was not kept. */
  discard(): Promise<void>
}

export type SealedStore = Awaited<ReturnType<typeof sealedStore>>

/**
 * The folders of ciphertext: `sealed/<tip>/<batch>-message.age`, `<batch>-file-<n>.age`, and `staging/`, which is emptied at
 * start. Sealed folders that no row knows are left alone: a lost database must not take the tips with it.
 */
export async function sealedStore(folder: string) {
  const sealed = path.join(folder, 'sealed')
  const staging = path.join(folder, 'staging')
  await rm(staging, { recursive: true, force: true })
  for (const place of [sealed, staging]) await mkdir(place, { recursive: true, mode: 0o700 })

  return {
    async stage(recipients: string[]): Promise<Staged> {
      const place = path.join(staging, randomBytes(16).toString('hex'))
      await mkdir(place, { mode: 0o700 })
      const parts = new Map<number, string>()
      return {
        message: (message, contact) => {
          parts.set(0, 'message.age')
          const entries = [{ name: 'message.txt', content: bytes(message) }]
          if (contact) entries.push({ name: 'contact.txt', content: bytes(contact) })
          return seal(entries, recipients, path.join(place, 'message.age'))
        },
        file: (name, content) => {
          const number = [...parts.keys()].filter(Boolean).length + 1
          parts.set(number, `file-${number}.age`)
          return seal(
            [{ name: entryName(name), content }],
            recipients,
            path.join(place, `file-${number}.age`),
          )
        },
        numbers: () => [...parts.keys()].sort((a, b) => a - b),
        keep: async (tipId, batch, day) => {
          const home = path.join(sealed, tipId)
          await mkdir(home, { recursive: true, mode: 0o700 })
          for (const file of parts.values()) {
            await dateToDay(path.join(place, file), day)
            await rename(path.join(place, file), path.join(home, `${batch}-${file}`))
          }
          await syncFolder(home)
          await syncFolder(sealed)
          await dateToDay(home, day)
        },
        discard: () => rm(place, { recursive: true, force: true }),
      }
    },

    /** Unlinks a tip's files. Overwriting them first would promise what flash memory does not keep. */
    async remove(tipId: string): Promise<void> {
      await rm(path.join(sealed, tipId), { recursive: true, force: true })
      await syncFolder(sealed)
    },

    /** How many tips lie there, for the newsroom's desk. */
    async count(): Promise<number> {
      return (await readdir(sealed)).length
    },
  }
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

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}

/** A name that any ZIP program takes: the last part of the path, without control characters or anything reserved. */
function entryName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ''
  const safe = base
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_')
    .replace(/^\.+/, '')
    .slice(0, 120)
    .trim()
  return safe && safe !== 'padding' ? safe : 'file'
}
