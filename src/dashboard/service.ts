import path from 'node:path'
import type { ArticlesService } from '../articles/index.js'
import type { AuditService } from '../audit/index.js'
import { lastBackup } from '../backups/index.js'
import type { Config } from '../config.js'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { type Actor, editors, owners } from '../foundation/desk.js'
import { freeBytes } from '../foundation/health.js'
import type { Doubt } from '../foundation/steady-clock.js'
import { storageTrouble } from '../foundation/storage-trouble.js'
import type { MailService } from '../mail/index.js'
import type { MediaService } from '../media/index.js'
import type { NewsletterService } from '../newsletter/index.js'
import { signUpChart } from './chart.js'
import { mailingNotices } from './mailing-notices.js'
import {
  heldMailNotices,
  machineNotices,
  type Notice,
  paperNotices,
  signUpNotices,
  tipNotices,
} from './things-to-fix.js'
import { troubleNotices } from './trouble-notices.js'

export interface DashboardServices {
  config: Pick<Config, 'https' | 'relays' | 'dataDir' | 'databaseFile'>
  clock: Clock
  /** a jump of the machine's clock that is not believed */
  clockDoubt(): Doubt | undefined
  db: Database
  audit: AuditService
  articles: Pick<ArticlesService, 'glance'>
  media: Pick<MediaService, 'withoutAlt'>
  mail: Pick<MailService, 'trouble' | 'dismiss' | 'held' | 'wake'>
  newsletter: Pick<NewsletterService, 'signUpsPerDay' | 'waiting' | 'attention'>
  /** handed in one by one: no feature knows the tip line */
  backups: { trouble(): Promise<{ problem: string; at: string } | undefined> }
  tips: { waiting(): Promise<number>; expiring(): Promise<number>; keyOnServer(): string | undefined }
}

export type DashboardService = ReturnType<typeof dashboardService>

/** What somebody at the desk finds on its first page. Each part is one feature's own; here they only come together. */
export function dashboardService(services: DashboardServices) {
  const { db, audit, articles, mail, newsletter, tips } = services

  const trouble = async (): Promise<Notice[]> => {
    const { dataDir, databaseFile } = services.config
    return troubleNotices({
      ...(await db.condition()),
      free: await freeBytes([dataDir, path.dirname(databaseFile)]).catch(() => undefined),
      doubt: services.clockDoubt(),
    })
  }

  const notices = async ({ role }: Actor): Promise<Notice[]> =>
    // Whoever writes should know that nothing is stored.
    [...(await trouble()), ...(editors.includes(role) ? await forEditors(role) : [])]

  const forEditors = async (role: Actor['role']): Promise<Notice[]> => {
    const paper = paperNotices({
      ...(await articles.glance.toMend()),
      picturesWithoutAlt: await services.media.withoutAlt(),
    })
    const { waiting } = newsletter
    const urgent = [
      ...heldMailNotices((await mail.held.count()) + (await waiting.held.count())),
      ...signUpNotices(await waiting.heldBack()),
      ...mailingNotices(await newsletter.attention()),
      ...tipNotices(await readable(tips.expiring(), 0)),
    ]
    return owners.includes(role) ? [...urgent, ...(await machine()), ...paper] : [...urgent, ...paper]
  }

  const machine = async () => {
    const { https, relays, dataDir } = services.config
    return machineNotices({
      ...{ https, dataDir, smtp: relays.length > 0 },
      keyOnServer: tips.keyOnServer(),
      lastBackup: await lastBackup(dataDir),
      backupProblem: (await services.backups.trouble())?.problem,
      now: services.clock(),
    })
  }

  const decide = async (actor: Actor, deed: 'release' | 'discard'): Promise<number> => {
    const count = await db.transaction(async tx => {
      const count = (await mail.held[deed](tx)) + (await newsletter.waiting.held[deed](tx))
      const subject = { kind: 'mail', id: 'held', label: 'Mail held since a restore' }
      if (count > 0)
        await audit.record(tx, actor, {
          action: deed === 'release' ? 'released' : 'discarded',
          subject,
          details: { count },
        })
      return count
    })
    mail.wake()
    return count
  }

  return {
    /** Sends what was held since a restore. @returns how many mails */
    releaseMail: (actor: Actor) => decide(actor, 'release'),

    /** Takes away for good what was held since a restore. @returns how many mails */
    discardMail: (actor: Actor) => decide(actor, 'discard'),

    /** Takes away a mail that was given up. @returns whether it was there still */
    dismissMail: (actor: Actor, id: string) =>
      db.transaction(async tx => {
        const label = await mail.dismiss(tx, id)
        if (label === undefined) return false
        await audit.record(tx, actor, { action: 'dismissed', subject: { kind: 'mail', id, label } })
        return true
      }),

    /** @param days how far back the sign-ups reach */
    async of(actor: Actor, days: number) {
      const desk = { glance: await articles.glance.of(actor), notices: await notices(actor) }
      if (!editors.includes(actor.role)) return desk
      const signUps = await newsletter.signUpsPerDay(days)
      return {
        ...desk,
        signUps: { active: signUps.active, chart: signUpChart(signUps.days) },
        trouble: await mail.trouble(),
        tips: await readable(tips.waiting(), 0),
      }
    },
  }
}

// Tips lie in a database of their own: while that one cannot be read, the rest of the desk can.
async function readable<T>(wanted: Promise<T>, otherwise: T): Promise<T> {
  return wanted.catch(error => {
    if (!storageTrouble(error)) throw error
    return otherwise
  })
}
