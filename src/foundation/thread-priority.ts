import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { availableParallelism, constants, setPriority } from 'node:os'
import path from 'node:path'

// By its whole path, so that no PATH has another program run.
const CHRT = '/usr/bin/chrt'

/**
 * Lets every other thread of the program go first, where the machine has no core to spare: Linux counts priorities by thread
 * (setpriority(2), under “C library/kernel differences”). To be called on the thread itself; elsewhere nothing happens.
 *
 * Who has the only core keeps it to the end of a tick, 4 ms with most kernels, though somebody of a higher priority woke up; SCHED_IDLE
 * alone gives way at once (sched(7)). Node has no call for that, chrt of util-linux does; where it is not there or not allowed, the
 * priority has to do.
 */
export function yieldToOtherThreads(): void {
  try {
    const thread = Number(path.basename(readlinkSync('/proc/thread-self')))
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL)
    if (availableParallelism() === 1)
      execFile(CHRT, ['--idle', '--pid', '0', String(thread)], () => undefined)
  } catch {
    // No Linux, or no /proc: all threads are alike.
  }
}
