import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import type { Ids } from './clock.js'
import type { Database } from './database.js'
import { type Holder, leaseRepository } from './lease.sqlite.js'

/** The right to do the scheduled work, which one process at a time has. */
export interface Lease {
  /** for how long it is sure to be ours after it was taken, in milliseconds */
  lasts: number
  /** Takes or keeps it. @returns whether it is ours now */
  take(): Promise<boolean>
  /** Whether anybody has it now. */
  isHeld(): Promise<boolean>
  /** Lets another one have it at once. */
  release(): Promise<void>
}

const LASTS = 10_000

// Since the machine was started: all its processes see the same, and no setting of the clock moves it. WAL does not go over a network,
// so all who look at the file are on this machine.
const sinceStart = (): number => Math.round(uptime() * 1_000)

/**
 * A lease in the database. Who was killed on this machine is followed at the next look, without waiting for its lease to end.
 * @param lasts milliseconds after which a silent holder loses it; the same for all
 * @param now milliseconds that go on steadily, the same for all
 */
export function leaseIn(
  db: Database,
  {
    ids,
    work = 'schedule',
    lasts = LASTS,
    now = sinceStart,
  }: { ids: Ids; work?: 'schedule' | 'first edition'; lasts?: number; now?: () => number },
): Lease {
  const repository = leaseRepository(db, work)
  const own: Holder = { id: ids(), pid: process.pid, machine: thisMachine() }
  return {
    lasts,
    async take() {
      const holder = await repository.holder(lasts, now())
      if (!holder || holder.isOver || holder.id === own.id) return repository.take(own, lasts, now())
      return hasEnded(holder, own) && (await repository.take(own, lasts, now(), holder.id))
    },
    async isHeld() {
      const holder = await repository.holder(lasts, now())
      return holder !== undefined && !holder.isOver
    },
    release: () => repository.release(own),
  }
}

/** For a program that no other one shares its work with. */
export const alone: Lease = {
  lasts: Number.POSITIVE_INFINITY,
  take: async () => true,
  isHeld: async () => true,
  release: async () => undefined,
}

// A pid that somebody else has by now only makes us wait until the lease is over.
function hasEnded(holder: Holder, own: Holder): boolean {
  if (holder.machine !== own.machine) return false
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** One start of one machine; on Linux also one namespace of process ids, since containers count for themselves. */
function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}
