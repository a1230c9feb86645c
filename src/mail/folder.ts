import { mkdir, open, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Lane, Outcome, Post } from './post.js'

// Files are written one after the other anyway.
const WIDTH = 4

/** Writes each mail as a file that any mail program opens: what happens while no relay is set. */
export function mailFolder(folder: string): Post {
  const settled = folderSync(folder)
  let making: Promise<unknown> | undefined
  const made = (): Promise<unknown> => {
    making ??= mkdir(folder, { recursive: true, mode: 0o700 }).catch(error => {
      making = undefined
      throw error
    })
    return making
  }
  const lane: Lane = {
    relay: 'outbox',
    async send(_envelope, message): Promise<Outcome> {
      try {
        const file = `${nameOf(message)}.eml`
        await made()
        await write(folder, file, message)
        // Without this a power cut could leave a mail that no folder knows.
        await settled()
        return { kind: 'accepted', response: `written to ${file}` }
      } catch (error) {
        return { kind: 'later', of: 'relay', reason: (error as Error).message }
      }
    },
    release: () => undefined,
  }
  return {
    width: WIDTH,
    lane: async () => lane,
    begin: async () => undefined,
    pause: async () => undefined,
    relays: () => [],
    wakeRelay: () => undefined,
    close: async () => undefined,
  }
}

// The local part of the Message-ID: the same mail is the same file, however often it is sent.
function nameOf(message: Buffer): string {
  const head = message.subarray(0, 8_192).toString('latin1')
  const [, id] = /^Message-ID: <([\w.-]{1,100})@/im.exec(head) ?? []
  if (!id || id.startsWith('.')) throw new Error('The mail has no Message-ID to name its file after.')
  return id
}

async function write(folder: string, name: string, message: Buffer): Promise<void> {
  const unfinished = path.join(folder, `${name}.part`)
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(message)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path.join(folder, name))
}

/** Syncs a folder; those who ask while that is done share the next time. */
function folderSync(folder: string): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const now = async (): Promise<void> => {
    next = undefined
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  return () => {
    next ??= running.then(() => {
      const done = now()
      running = done.catch(() => undefined)
      return done
    })
    return next
  }
}
