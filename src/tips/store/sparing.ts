import type { Database } from '../../foundation/database.js'
import { dayAfter } from './days.js'
import { sparingRepository } from './sparing.repository.js'

/** For how many days before it is shredded the newsroom is told of a tip. */
export const WARNING_DAYS = 7

/** The day until which a tip is kept at the least when its end comes nearer all at once. @param today `2020-12-24` */
export function sparedUntil(today: string): string {
  return dayAfter(today, WARNING_DAYS)
}

/**
 * Gives tips that a shorter time ends within the warning seven days from now; those that were to end sooner keep their end.
 * @param today `2020-12-24`; @param days for how many tips were, and are to be, kept after the last message
 */
export async function spareShortened(
  tx: Database,
  today: string,
  days: { before: number; after: number },
): Promise<void> {
  const repository = sparingRepository(tx)
  for (let left = 0; left < WARNING_DAYS; left++) {
    const end = dayAfter(today, left)
    const silentSince = dayAfter(end, -days.before)
    await repository.spare(end, { from: silentSince, to: silentSince })
  }
  const end = sparedUntil(today)
  await repository.spare(end, { from: dayAfter(end, -days.before), to: dayAfter(end, -days.after - 1) })
}

/** Gives every tip that would end within the warning seven days from now. @param today `2020-12-24` */
export async function spareAll(tx: Database, today: string, retentionDays: number): Promise<void> {
  const end = sparedUntil(today)
  await sparingRepository(tx).spare(end, { from: '', to: dayAfter(end, -retentionDays - 1) })
}
