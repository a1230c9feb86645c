import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import path from 'node:path'

/**
 * Lets every other thread of the program go first, where the machine has no core to spare: Linux counts priorities by thread
 * (setpriority(2), under “C library/kernel differences”). To be called on the thread itself; elsewhere nothing happens.
 */
export function yieldToOtherThreads(): void {
  try {
    const thread = Number(path.basename(readlinkSync('/proc/thread-self')))
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // No Linux, or no /proc: all threads are alike.
  }
}
