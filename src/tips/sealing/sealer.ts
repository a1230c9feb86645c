import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import { programFolder } from '../../config.js'
import { Busy, Problem } from '../../foundation/errors.js'
import { restingThread } from '../../foundation/thread.js'
import type { Entry } from './archive.js'
import { CHUNK, type FromSealer, MOST_UNDERWAY, type ToSealer } from './protocol.js'

export interface Sealer {
  /**
   * Seals entries to every recipient into a new file, off the event loop. Resolves once the file is synced. Throws what
   * reading an entry throws; a Problem (503) when too much is being sealed already or the sealing thread died.
   */
  seal(entries: Entry[], recipients: string[], file: string): Promise<void>
  close(): Promise<void>
}

export interface SealerOptions {
  /** the thread's program; built, also where this file runs as TypeScript */
  program?: string
  /** milliseconds without work after which the thread ends */
  patience?: number
}

const MOST_AT_ONCE = 100
const crowded = 'Many people are sending something just now. Nothing was kept. Try again in a few minutes.'
const died = 'Sealing failed and nothing was kept. Send it again.'

/** One thread that seals whatever comes: started when the first thing comes, ended when nothing has for a minute. */
export function sealer({
  program = path.join(programFolder, 'dist/tips/sealing/worker.js'),
  patience,
}: SealerOptions = {}): Sealer {
  const jobs = new Map<number, Job>()
  let last = 0
  const thread = restingThread<FromSealer>({
    ...{ program, patience },
    hear: told => jobs.get(told.job)?.hear(told),
    gone(worker) {
      for (const [id, job] of jobs)
        if (job.worker === worker && jobs.delete(id)) job.fail(new Problem(503, died))
    },
  })

  return {
    async seal(entries, recipients, file) {
      if (jobs.size >= MOST_AT_ONCE) throw new Busy(crowded)
      const id = ++last
      const job = newJob(thread.take(), id)
      jobs.set(id, job)
      try {
        await job.run(entries, recipients, file)
      } finally {
        jobs.delete(id)
        if (jobs.size === 0) thread.letGo()
      }
    },
    close: thread.stop,
  }
}

type Job = ReturnType<typeof newJob>

function newJob(worker: Worker, id: number) {
  let wanted = MOST_UNDERWAY
  let wake = () => {}
  let settle: { resolve(): void; reject(error: Error): void }
  const ended = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  ended.catch(() => undefined)

  const tell = (said: ToSealer, transfer: ArrayBuffer[] = []) => worker.postMessage(said, transfer)

  const send = async (chunk: Uint8Array<ArrayBuffer>): Promise<void> => {
    while (wanted === 0) await Promise.race([ended, new Promise<void>(resolve => (wake = resolve))])
    wanted -= 1
    tell({ job: id, say: 'chunk', chunk }, [chunk.buffer])
  }

  return {
    worker,
    fail: (error: Error) => settle.reject(error),

    hear(told: FromSealer): void {
      if (told.say === 'sealed') settle.resolve()
      else if (told.say === 'failed')
        settle.reject(Object.assign(new Error(told.message), told.code && { code: told.code }))
      else {
        wanted += 1
        wake()
      }
    },

    async run(entries: Entry[], recipients: string[], file: string): Promise<void> {
      tell({ job: id, say: 'begin', names: entries.map(({ name }) => name), recipients, file })
      try {
        for (const { content } of entries) {
          for await (const chunk of chunks(content)) await send(chunk)
          tell({ job: id, say: 'end' })
        }
      } catch (error) {
        tell({ job: id, say: 'break' })
        await ended.catch(() => undefined)
        throw error
      }
      await ended
    },
  }
}

/** The same bytes in chunks of one size whose memory is their own, so that it can be given away. */
async function* chunks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let chunk = new Uint8Array(CHUNK)
  let used = 0
  for await (const bytes of content) {
    for (let taken = 0; taken < bytes.length; ) {
      const some = bytes.subarray(taken, taken + CHUNK - used)
      chunk.set(some, used)
      used += some.length
      taken += some.length
      if (used < CHUNK) continue
      yield chunk
      chunk = new Uint8Array(CHUNK)
      used = 0
    }
  }
  if (used > 0) yield chunk.subarray(0, used)
}
