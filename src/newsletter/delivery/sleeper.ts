/** Waits that end early when there is something new, or when the work is stopped. */
export interface Sleeper {
  /** false while the work is stopped */
  readonly working: boolean
  /** resolves when the work is stopped */
  readonly stopped: Promise<void>
  sleep(milliseconds: number): Promise<void>
  wake(): void
  /** It works from the beginning; to be called after a stop. */
  start(): void
  stop(): void
}

/** @returns a sleeper for any number of those who wait */
export function sleeper(): Sleeper {
  let working = true
  let told: () => void = () => undefined
  const untilTold = () =>
    new Promise<void>(resolve => {
      told = resolve
    })
  let stopped = untilTold()
  const wakers = new Set<() => void>()
  const wake = (): void => {
    for (const waker of [...wakers]) waker()
  }
  return {
    get working() {
      return working
    },
    get stopped() {
      return stopped
    },
    sleep: milliseconds =>
      working
        ? new Promise(resolve => {
            const done = (): void => {
              clearTimeout(timer)
              wakers.delete(done)
              resolve()
            }
            const timer = setTimeout(done, milliseconds)
            wakers.add(done)
          })
        : Promise.resolve(),
    wake,
    start() {
      if (working) return
      working = true
      stopped = untilTold()
    },
    stop() {
      working = false
      told()
      wake()
    },
  }
}
