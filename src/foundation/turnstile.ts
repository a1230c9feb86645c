import { Busy } from './errors.js'

/**
 * Lets little of a costly work run at once and little of it wait; a flood is told to come back.
 * @throws Busy when too many wait already
 */
export function turnstile({
  atOnce,
  mostWaiting,
}: {
  atOnce: number
  mostWaiting: number
}): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async work => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting) {
        throw new Busy('Many people are at this door just now. Try again in a minute.', 60)
      }
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
