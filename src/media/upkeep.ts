import type { Duty } from '../foundation/duties.js'
import type { Log } from '../foundation/log.js'
import type { AvifWorker } from './avif-worker.js'

const EVERY = 10 * 60_000

/** Sweeps the picture folders from time to time, and makes AVIF files as they are asked for. */
export function upkeep({ sweep, avif, log }: { sweep(): Promise<void>; avif: AvifWorker; log: Log }): Duty {
  let sweeping: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const keepUp = () => {
    sweeping = sweep().catch(error => log.error({ err: error }, 'the picture folders cannot be swept'))
    // An import is a process of its own: what it brought is found here.
    avif.wake()
  }
  return {
    start() {
      avif.start()
      keepUp()
      timer = setInterval(keepUp, EVERY).unref()
    },
    wake: avif.wake,
    async stop() {
      clearInterval(timer)
      await sweeping
      await avif.stop()
    },
  }
}
