import { Busy } from '../foundation/errors.js'

/** Runs work one after the other: a picture takes memory and a processor, so few are open at a time. */
export interface Lane {
  /** @throws Problem 503 when too much waits already */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>
}

/** @param mostWaiting how many may stand in line */
export function lane(mostWaiting: number): Lane {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    run: work => {
      if (waiting >= mostWaiting)
        return Promise.reject(new Busy('Many pictures are being worked on. Try again in a few seconds.'))
      waiting += 1
      const result = last.then(work).finally(() => {
        waiting -= 1
      })
      last = result.catch(() => undefined)
      return result
    },
    idle: async () => void (await last),
  }
}
