import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import type { MailService, Message } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import { type AlertDay, lastAlert, nextAlert } from './alert-times.js'
import { alertsRepository } from './alerts.repository.js'

export interface AlertServices {
  db: Database
  clock: Clock
  audit: AuditService
  site: SiteService
  mail: Pick<MailService, 'queue' | 'wake' | 'compose'>
  log: Log
  /** the site's origin, without a slash at its end */
  siteUrl: string
  /** to whom everything of the newsroom's is sealed now */
  recipients(): Promise<string[]>
}

export type AlertsService = ReturnType<typeof alertsService>

const DAY = 86_400_000
const DAYS_KNOWN = 60

/**
 * The mail that asks whoever holds a key to look at the tip line. It goes out each day at the same time and says the same,
 * whether or not there are tips: who watches the newsroom's mail learns nothing about when a source wrote.
 */
export function alertsService({ db, clock, audit, site, mail, log, siteUrl, recipients }: AlertServices) {
  const now = () => clock().toISOString()
  const dates = async () => (await site.site()).dates

  const letter = async (to: string): Promise<Message> => {
    const { identity } = await site.site()
    const subject = 'The tip line: have a look today'
    const composed = await mail.compose('tips/mail/alert', {
      ...{ title: subject, siteName: identity.name, siteUrl, language: 'en' },
      link: `${siteUrl}/admin/tips`,
    })
    return { to, subject, fromName: identity.name, ...composed }
  }

  /** @returns false when somebody else has taken the day */
  const claim = async (tx: Database, { day }: AlertDay): Promise<boolean> => {
    const repository = alertsRepository(tx)
    await repository.forgetBefore(new Date(Date.parse(day) - DAYS_KNOWN * DAY).toISOString().slice(0, 10))
    return repository.claim(day, now())
  }

  /** The mails of one day and the row that claims it: all of them, or none. */
  const send = async (due: AlertDay): Promise<void> => {
    const holders = await alertsRepository(db).holders(await recipients())
    const letters = await Promise.all(holders.map(letter))
    await db.transaction(async tx => {
      if (!(await claim(tx, due))) return
      for (const one of letters) await mail.queue(tx, one)
    })
    mail.wake()
  }

  // Of the days that passed while the program stood still, the newest only.
  const sendDue = async (): Promise<void> => {
    const repository = alertsRepository(db)
    if (!(await repository.isOn())) return
    const due = lastAlert(await dates(), now())
    if (due && !(await repository.isDone(due.day))) await send(due)
  }

  const { round, start, stop } = rounds({
    work: sendDue,
    next: async () => nextAlert(await dates(), now())?.due,
    failure: 'the mail about the tip line could not be made',
    clock,
    log,
  })

  /** Leaves out the mail whose time has passed. @returns whether there was one */
  const leaveOut = async (tx: Database): Promise<number> => {
    const due = lastAlert(await dates(), now())
    return due && (await claim(tx, due)) ? 1 : 0
  }

  return {
    /** Sends what is due now; one mail a holder of a key at most, however long the program stood still. */
    sendDue: round,
    ...{ start, stop },

    isOn: () => alertsRepository(db).isOn(),

    /** Turned on, the next mail goes out at the next time, not at once. */
    async turn(actor: Actor, on: boolean): Promise<void> {
      if ((await alertsRepository(db).isOn()) === on) return
      await db.transaction(async tx => {
        await alertsRepository(tx).turn(on)
        if (on) await leaveOut(tx)
        const subject = { kind: 'tip-line', id: 'alerts', label: 'the daily mail' }
        await audit.record(tx, actor, { action: on ? 'turned on' : 'turned off', subject })
      })
    },

    /** Keeps a mail whose time has passed from going out after a restore: it may have gone out before. */
    holdOverdue: async (tx: Database) => ((await alertsRepository(tx).isOn()) ? leaveOut(tx) : 0),
  }
}
