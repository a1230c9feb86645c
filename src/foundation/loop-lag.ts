import { performance } from 'node:perf_hooks'

const EVERY = 50

/** How late timers are: for so long everything else waits as well. */
export interface LoopLag {
  /** the latest, in milliseconds */
  now(): number
  stop(): void
}

/** @param note is told each, in seconds */
export function watchLoopLag(note: (seconds: number) => void): LoopLag {
  let latest = 0
  let expected = performance.now() + EVERY
  const timer = setInterval(() => {
    const now = performance.now()
    latest = Math.max(0, now - expected)
    expected = now + EVERY
    note(latest / 1_000)
  }, EVERY).unref()
  return {
    // While it is stuck no timer tells.
    now: () => Math.max(latest, performance.now() - expected),
    stop: () => clearInterval(timer),
  }
}
