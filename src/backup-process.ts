import { constants, setPriority } from 'node:os'
import { makeBackup, type Task, type Told } from './backups/index.js'
import { premisesOf } from './premises.js'

/** The process that makes backups. It stands here and not in its feature, since it knows which files belong to rows of others. */

const EVERY = 1_000
let last = 0

const tell = (told: Told, then = () => {}) => void process.send?.(told, then)

async function make({ order, ...place }: Task): Promise<Told> {
  try {
    const made = await makeBackup(premisesOf(place), {
      ...order,
      onProgress(progress) {
        if (performance.now() - last < EVERY) return
        last = performance.now()
        tell({ progress })
      },
    })
    return { made }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

// Readers go first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
process.once('message', async (task: Task) => tell(await make(task), () => process.disconnect()))
// It has told all, or the program that asked for it is no more: its backup is nobody's.
process.once('disconnect', () => process.exit())
