/** Waits that end early when there is something new, or when the program stops. */
export interface Sleeper {
  /** false once the program stops */
  readonly working: boolean
  /** resolves when the program stops */
  readonly stopped: Promise<void>
  sleep(milliseconds: number): Promise<void>
  wake(): void
  stop(): void
}

/** @returns a sleeper for any number of those who wait */
export function sleeper(): Sleeper {
  let working = true
  let told: () => void = () => undefined
  const stopped = new Promise<void>(resolve => {
    told = resolve
  })
  const wakers = new Set<() => void>()
  const wake = (): void => {
    for (const waker of [...wakers]) waker()
  }
  return {
    get working() {
      return working
    },
    stopped,
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
    stop() {
      working = false
      told()
      wake()
    },
  }
}
