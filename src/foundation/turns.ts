import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'

// In milliseconds: as long as some dozen kept pages take, which nobody who reads feels.
const LONGEST = 1

/**
 * For work of many steps: splits it into turns of the event loop, so that whoever reads comes in between.
 * @returns to be asked before each step: resolves once others had their turn; undefined while this one is short
 */
export function inTurns(): () => Promise<void> | undefined {
  let begun = performance.now()
  return () => {
    if (performance.now() - begun < LONGEST) return undefined
    return setImmediate().then(() => {
      begun = performance.now()
    })
  }
}
