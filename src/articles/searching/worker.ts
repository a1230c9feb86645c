import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../../foundation/sqlite.js'
import type { Asked, Told } from './protocol.js'
import { search } from './search.js'

/** The thread that searches, over a connection of its own that only reads. `searcher.ts` is its other end. */

const db = openReader(String(workerData))

parentPort?.on('message', async ({ id, question }: Asked) => {
  const told: Told = await search(db, question).then(
    answer => ({ id, answer }),
    (error: Error & { code?: string }) => ({ id, problem: error.message, code: error.code }),
  )
  parentPort?.postMessage(told)
})
