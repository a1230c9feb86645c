import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Log } from '../../foundation/log.js'
import { type Rounds, rounds } from '../../foundation/rounds.js'
import { dayAfter, daysBetween } from './days.js'
import { tipsRepository } from './repository.js'
import { type BelievedDay, retentionRepository } from './retention.repository.js'
import type { Tip, TipSettings } from './schema.js'
import { spareAll } from './sparing.js'

/** The last day on which a tip is kept; undefined while it is pinned. */
export function keptUntil(
  { lastDay, pinned, spared }: Pick<Tip, 'lastDay' | 'pinned' | 'spared'>,
  { retentionDays }: Pick<TipSettings, 'retentionDays'>,
): string | undefined {
  if (pinned) return undefined
  const end = dayAfter(lastDay, retentionDays)
  return end < spared ? spared : end
}

/** For how many more days after today a tip is kept: 0 on its last day; undefined while it is pinned. @param today `2020-12-24` */
export function expiring(
  tip: Pick<Tip, 'lastDay' | 'pinned' | 'spared'>,
  settings: Pick<TipSettings, 'retentionDays'>,
  today: string,
): number | undefined {
  const last = keptUntil(tip, settings)
  return last === undefined ? undefined : Math.max(0, daysBetween(today, last))
}

// Over a weekend's outage no day is lost; a longer one costs a day of waiting.
const LARGEST_STEP = 2
// How long a clock has to go on saying another day. One that went back is doubted for longer: what comes is dated by it.
const DOUBT = { forth: 1, back: 7 }

/**
 * What to believe once the clock says `today`. A clock that went back, or forth by more than two days, is believed when it
 * has gone on to say so for a week, or for a day: until then it may be a dead battery or a mistyped date, and what is
 * shredded by it does not come back.
 */
export function believing({ day, claimed, since }: BelievedDay, today: string): BelievedDay {
  const follows = (earlier: string): boolean => {
    const step = earlier ? daysBetween(earlier, today) : -1
    return step >= 0 && step <= LARGEST_STEP
  }
  const believed = { day: today, claimed: '', since: '' }
  if (follows(day)) return believed
  const first = follows(claimed) ? since : today
  const doubt = today < day ? DOUBT.back : DOUBT.forth
  return daysBetween(first, today) >= doubt ? believed : { day, claimed: today, since: first }
}

/**
 * The day by which the tip line goes: what the clock says, unless a later day is believed. A tip that comes while the clock is
 * behind is not dated so that it ends once the clock is set right.
 */
export async function tipDay(db: Database, clock: Clock): Promise<string> {
  const [said, { day }] = [clock().toISOString().slice(0, 10), await retentionRepository(db).believed()]
  return said < day ? day : said
}

export interface RetentionServices {
  db: Database
  shred: (tipId: string) => Promise<void>
  clock: Clock
  log: Log
}

/** Shreds tips whose time is over, once a day (UTC) and at the start. */
export function retention({ db, shred, clock, log }: RetentionServices): Rounds {
  const repository = retentionRepository(db)
  let done = ''
  return rounds({
    async work() {
      const today = clock().toISOString().slice(0, 10)
      if (today === done) return
      const before = await repository.believed()
      const now = believing(before, today)
      const { retentionDays } = await tipsRepository(db).settings()
      // Nobody was warned of what ended meanwhile.
      if (before.day && before.claimed && !now.claimed) await spareAll(db, today, retentionDays)
      await repository.believe(now)
      if (now.claimed) {
        if (before.day) log.warn(jumped(before.day, today))
      } else {
        await shredSilent(dayAfter(today, -retentionDays - 1), today)
      }
      done = today
    },
    next: async () => dayAfter(clock().toISOString().slice(0, 10), 1),
    failure: 'shredding tips whose time is over failed; it is tried again',
    ...{ clock, log },
  })

  async function shredSilent(since: string, today: string): Promise<void> {
    const some = () => tipsRepository(db).ended(since, today, 100)
    for (let tips = await some(); tips.length; tips = await some()) for (const { id } of tips) await shred(id)
  }
}

const jumped = (from: string, to: string): string =>
  `The clock went from ${from} to ${to}. No tip is shredded for its age before it has gone on to say so for ${to < from ? 'a week' : 'a day'}.`
