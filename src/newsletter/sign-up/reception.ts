import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Duties } from '../../foundation/duties.js'
import { TooMany } from '../../foundation/errors.js'
import { onFirstUse } from '../../foundation/first-use.js'
import { groupCommit } from '../../foundation/group-commit.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import { storageTrouble } from '../../foundation/storage-trouble.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { SignUp } from '../schema.js'
import type { Allowance } from './allowance.js'
import type { Enrol, Enrolment } from './enrolment.js'
import { receptionRepository } from './reception.repository.js'
import type { WaitingService } from './waiting.js'

/** The version of the sentence beside the button; a new wording gets a new one. */
export const WORDING = '2026-11'

export interface ReceptionServices {
  db: Database
  clock: Clock
  log: Log
  mail: Pick<MailService, 'wake'>
  duties: Duties
  allowance: Allowance
  waiting: WaitingService
  enrolment: Enrolment
  site: Pick<SiteService, 'contentVersionIn'>
  /** false lifts every limit, for load tests */
  limits: boolean
}

const HOUR = 3_600_000
const MOST_RECEIVED = 1_000
const ALL = 1_000_000
// In milliseconds: what comes close together shares its pages, and whoever waits for a mail does not notice.
const GATHERING = 100
// About a millisecond: whoever else asks for something waits meanwhile.
const TOGETHER = 8
// How many times as long as it worked the worker then rests: while people still come, nearly all of the time is theirs, as a crowd's
// mails wait for the hours' share of mail anyway; afterwards half of it is.
const REST = { crowd: 24, after: 1 }

const tooManyWait =
  'So many people are signing up that mails to them wait already. Nothing was kept. Sign up again in an hour.'

export type Reception = ReturnType<typeof reception>

/**
 * Takes sign-ups at the door: one row each, durable before it is acknowledged. All that follows from it (some thirty pages of
 * indexes, lists and mail) is written a moment later, several at once and in their order, by the process that does the
 * scheduled work; after a crash by the next one.
 */
export function reception(services: ReceptionServices) {
  const { db, clock, log, mail, duties, allowance, waiting, enrolment, site, limits } = services
  const repository = receptionRepository(db)
  const together = groupCommit(db, {
    around(tx) {
      const version = onFirstUse(() => site.contentVersionIn(tx))
      return { beside: version, finish: async () => undefined }
    },
  })
  let stopping = false
  let cameLately = false

  const isCrowded = async (key: string): Promise<boolean> => {
    if (!limits) return false
    if ((await repository.count()) >= MOST_RECEIVED) return true
    return (await waiting.isFull(db)) && (await allowance.judge(db, key)) === 'later'
  }

  /** @returns how many there were */
  const enrolSome = (enrol: Enrol, most: number): Promise<number> =>
    db.transaction(async tx => {
      const some = await receptionRepository(tx).take(most)
      for (const received of some) await enrol(tx, received)
      return some.length
    })

  /** Among some that failed together: the first alone, and put by if it is to blame. */
  const enrolFirst = async (enrol: Enrol): Promise<void> => {
    try {
      await enrolSome(enrol, 1)
    } catch (error) {
      if (storageTrouble(error)) throw error
      const signUp = await repository.putFirstBy()
      log.error({ err: error, signUp }, 'a sign-up cannot be worked off and is put by until the next start')
    }
  }

  const enrolNext = async (enrol: Enrol): Promise<number> => {
    try {
      return await enrolSome(enrol, TOGETHER)
    } catch (error) {
      if (storageTrouble(error)) throw error
      await enrolFirst(enrol)
      return TOGETHER
    }
  }

  const workOff = async (): Promise<void> => {
    if ((await repository.count()) === 0) return
    const enrol = await enrolment.enroller()
    while (!stopping) {
      const begun = performance.now()
      const many = await enrolNext(enrol)
      mail.wake()
      if (many < TOGETHER) return
      const rest = cameLately ? REST.crowd : REST.after
      cameLately = false
      await pause(rest * (performance.now() - begun))
    }
  }

  const { round, start, wake, stop } = rounds({
    work: workOff,
    next: async () => undefined,
    failure: 'sign-ups cannot be worked off',
    gathering: GATHERING,
    clock,
    log,
  })
  const begin = () =>
    repository
      .takeUpAgain()
      .catch(error => log.error({ err: error }, 'sign-ups that were put by could not be taken up again'))
  const wakeWorker = duties.add('sign-ups', {
    wake() {
      cameLately = true
      wake()
    },
    start() {
      stopping = false
      void begin().then(start)
    },
    async stop() {
      stopping = true
      await stop()
    },
  })

  return {
    /**
     * Takes a sign-up; it is durable when this resolves, and so everything that follows from it will be.
     * @returns the version of the content as of its transaction
     * @throws TooMany for everybody, known or not, while too many wait
     */
    async signUp(signUp: SignUp): Promise<number> {
      if (await isCrowded(signUp.email.key)) throw new TooMany(HOUR / 1_000, tooManyWait)
      const received = { at: clock().toISOString(), wording: WORDING, signUp }
      const version = await together(async (tx, contentVersion) => {
        await receptionRepository(tx).add(received)
        return contentVersion()
      })
      wakeWorker()
      return version
    },

    /** Works off all that was received by now. */
    workOff: round,

    /** Works off all that was received, in the transaction that holds back what was due before a restore. @returns how many */
    async workOffAll(tx: Database): Promise<number> {
      const some = await receptionRepository(tx).take(ALL)
      if (!some.length) return 0
      const enrol = await enrolment.enroller()
      for (const received of some) await enrol(tx, received)
      return some.length
    },

    /** How many wait to be worked off. */
    received: () => repository.count(),
  }
}
