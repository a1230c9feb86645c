import { performance } from 'node:perf_hooks'
import type { Lease } from './lease.js'
import type { Log } from './log.js'

/** Work that the clock or other processes cause. It may be started again after it was stopped. */
export interface Duty {
  start(): void
  /** Finishes what is under way. */
  stop(): Promise<void>
  /** Looks for work at once. @param what the reason, where the duty knows several */
  wake?(what: string): void
}

/** The other processes over the same database that this one can speak to. */
export interface Fellows {
  /** Wakes a duty wherever it is done. */
  wake(duty: string, what: string): void
  /** @param listener is told when another process wakes a duty */
  onWake(listener: (duty: string, what: string) => void): void
}

export type Wake = (what?: string) => void

export type Duties = ReturnType<typeof openDuties>

export interface DutiesOptions {
  lease: Lease
  log: Log
  fellows?: Fellows | undefined
}

const KEEP = 3_000
const LOOK = 1_000

/** Does the duties while this process has the lease, and looks for it while another one has. */
export function openDuties({ lease, log, fellows }: DutiesOptions) {
  const duties = new Map<string, Duty>()
  let begun = false
  let leads = false
  let sureUntil = 0
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()

  const take = async (): Promise<boolean> => {
    const asked = performance.now()
    try {
      const taken = await lease.take()
      if (taken) sureUntil = asked + lease.lasts
      return taken
    } catch (error) {
      log.warn({ err: error }, 'the lease of the scheduled work could not be asked for')
      return leads && performance.now() < sureUntil
    }
  }

  const stand = async (): Promise<void> => {
    const taken = await take()
    if (taken && !leads) {
      leads = true
      log.info({ pid: process.pid }, 'this process does the scheduled work')
      for (const duty of duties.values()) duty.start()
    } else if (leads && !taken) {
      log.warn({ pid: process.pid }, 'another process does the scheduled work now')
      await lay()
    }
  }

  const lay = async (): Promise<void> => {
    leads = false
    await Promise.all([...duties.values()].map(duty => duty.stop()))
  }

  const look = (): void => {
    last = stand()
      .catch(error => log.error({ err: error }, 'the scheduled work could not be begun or ended'))
      .then(() => {
        if (begun) timer = setTimeout(look, leads ? KEEP : LOOK).unref()
      })
  }

  fellows?.onWake((name, what) => {
    if (leads) duties.get(name)?.wake?.(what)
  })

  return {
    /** @returns wakes the duty in whichever process it is done, once this one serves */
    add(name: string, duty: Duty): Wake {
      duties.set(name, duty)
      return (what = '') => {
        if (leads) duty.wake?.(what)
        else if (begun) fellows?.wake(name, what)
      }
    },

    /** Whether they are done here. */
    areHere: (): boolean => leads,

    /** Whether they are done anywhere; so it is taken to be before this process began to serve. */
    areDone: async (): Promise<boolean> => !begun || leads || lease.isHeld(),

    begin(): void {
      begun = true
      look()
    },

    /** Finishes what is under way and lets another process go on. */
    async end(): Promise<void> {
      begun = false
      clearTimeout(timer)
      await last
      if (!leads) return
      await lay()
      await lease.release()
    },
  }
}
