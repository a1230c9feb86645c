import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { Entry } from './archive.js'
import type { FromSealer, ToSealer } from './protocol.js'
import { seal } from './sealing.js'

/** The thread that seals: it compresses nothing, looks at nothing, and keeps nothing. `sealer.ts` is its other end. */

interface Job {
  put(piece: Uint8Array | 'end' | 'break'): void
}

// Readers come first. On Linux this is the priority of this thread alone (setpriority(2), "C library/kernel differences").
if (process.platform === 'linux') giveWay()

const jobs = new Map<number, Job>()

parentPort?.on('message', (told: ToSealer) => {
  if (told.say === 'begin') return begin(told)
  jobs.get(told.job)?.put(told.say === 'chunk' ? told.chunk : told.say)
})

function begin({ job, names, recipients, file }: ToSealer & { say: 'begin' }): void {
  const { put, entries } = inbox(names, () => tell({ job, say: 'more' }))
  jobs.set(job, { put })
  seal(entries, recipients, file)
    .then(
      (): FromSealer => ({ job, say: 'sealed' }),
      (error: NodeJS.ErrnoException): FromSealer => ({
        ...{ job, say: 'failed', message: error.message, code: error.code },
      }),
    )
    .then(answer => {
      jobs.delete(job)
      tell(answer)
    })
}

/** Entries whose content comes piece by piece from outside, one entry after the other. */
function inbox(names: string[], taken: () => void): Job & { entries: Entry[] } {
  const waiting: (Uint8Array | 'end' | 'break')[] = []
  let wake = () => {}
  const next = async () => {
    while (waiting.length === 0) await new Promise<void>(resolve => (wake = resolve))
    return waiting.shift() as (typeof waiting)[number]
  }
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece !== 'end'; piece = await next()) {
      if (piece === 'break') throw new Error('The upload broke off.')
      taken()
      yield piece
    }
  }
  return {
    entries: names.map(name => ({ name, content: content() })),
    put(piece) {
      waiting.push(piece)
      wake()
    },
  }
}

function tell(answer: FromSealer): void {
  parentPort?.postMessage(answer)
}

// Where the operator's rules forbid it, tips are sealed all the same.
function giveWay(): void {
  try {
    setPriority(Math.min(getPriority() + 5, 19))
  } catch {}
}
