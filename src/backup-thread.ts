import { parentPort, workerData } from 'node:worker_threads'
import { makeBackup, type Task, type Told } from './backups/index.js'
import { premisesOf } from './premises.js'

/** The thread that makes backups. It stands here and not in its feature, since it knows which files belong to rows of others. */

const EVERY = 1_000
let last = 0

const { order, ...place } = workerData as Task
const tell = (told: Told) => parentPort?.postMessage(told)

try {
  const made = await makeBackup(premisesOf(place), {
    ...order,
    onProgress(progress) {
      if (performance.now() - last < EVERY) return
      last = performance.now()
      tell({ progress })
    },
  })
  tell({ made })
} catch (error) {
  tell({ problem: (error as Error).message })
}
