import type { FastifyInstance } from 'fastify'
import type { ArticlesService } from '../articles/index.js'
import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Room } from '../foundation/desk.js'
import type { Duties } from '../foundation/duties.js'
import type { Feature } from '../foundation/feature.js'
import type { Memory } from '../foundation/memory.js'
import { readOrCreateRing } from '../foundation/secret.js'
import type { MailService } from '../mail/index.js'
import type { MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { newsletterRoom } from './admin.js'
import { type BouncesService, openBounces } from './bounces/index.js'
import type { ClicksService } from './clicks/service.js'
import { type Delivered, openDelivery } from './delivery/index.js'
import { openDigests } from './digests/index.js'
import { type Issues, openIssues } from './issues/index.js'
import type { Issue } from './issues/schema.js'
import { openLetters } from './letters/index.js'
import type { Letters } from './letters/schema.js'
import { eraser, openPreferences } from './preferences/index.js'
import { openReaders, type ReadersService } from './readers/index.js'
import { relaysPage } from './relays/admin.js'
import { newsletterSettings } from './settings.js'
import { shorterMarks } from './shorter-marks.js'
import { openSignUp } from './sign-up/index.js'
import { readerLetters } from './sign-up/letters.js'
import type { Reception } from './sign-up/reception.js'
import type { SignUpService } from './sign-up/service.js'
import type { WaitingService } from './sign-up/waiting.js'
import { foldingKeys } from './suppressions/folding.js'
import { openSuppressions, type SuppressionTransfer } from './suppressions/index.js'
import { type Suppressions, suppressionsService } from './suppressions/service.js'
import { readerTokens } from './tokens.js'

export { newsletterCommands } from './commands.js'
export type { ListDay } from './sign-up/service.js'
export type { HeldBack } from './sign-up/waiting.js'
export { foldAnew } from './suppressions/folding.js'

interface Services {
  db: Database
  config: Config
  clock: Clock
  ids: Ids
  audit: AuditService
  duties: Duties
  memory: Memory
  media: MediaService
  articles: ArticlesService
  mail: MailService
  site: SiteService
}

export interface NewsletterService extends SignUpService {
  /** the list, as the desk and the shell work on it */
  readers: ReadersService
  suppressions: Suppressions
  /** the list as a file */
  suppressionFiles: SuppressionTransfer
  bounces: BouncesService
  /** where relays post what became of mail: a secret */
  eventsAddress: string
  /** sign-ups as they come in */
  reception: Reception
  /** sign-ups that were too many at once */
  waiting: WaitingService
  /** Keeps from going out by itself what was due before a restore. @returns how many of each kind */
  holdOverdue(tx: Database): Promise<Record<string, number>>
  letters: Letters
  /** issues as they are written, sent and kept */
  issues: Issues
  /** issues on their way to their readers */
  delivery: Delivered
  /** what editors should see to */
  attention(): Promise<Awaited<ReturnType<Delivered['attention']>> & { waiting: Issue[] }>
  clicks: ClicksService
  /** the desk's pages */
  room: Room
}

/** The newsletter: who gets it, what is written, how it goes out, what comes back. */
export function newsletterFeature({ config, ...services }: Services): Feature<NewsletterService> {
  return async scope => {
    const { siteUrl, limits } = config
    const ring = readOrCreateRing(config, 'secret-key')
    const tokens = readerTokens(ring, await foldingKeys(services.db, ring), await shorterMarks(services))
    const suppressions = suppressionsService({ ...services, tokens })
    const { mailFrom } = services.mail
    const incoming = { ...services, tokens, suppressions, mailFrom, ring, siteUrl }
    const {
      bounces,
      eventsAddress,
      pages: bouncePages,
    } = await openBounces(scope, { ...incoming, bounceListen: config.bounceListen })
    const { files: suppressionFiles, pages: suppressionPages } = openSuppressions({
      ...{ ...services, tokens, suppressions, dataDir: config.dataDir },
    })
    const letters = readerLetters({ ...services, tokens, siteUrl })
    const offered = services.articles.reading.sections
    const countsClicks = async () => (await newsletterSettings(services.db)).countClicks
    const { signUp, reception, waiting, allowance } = await openSignUp(scope, {
      ...{ ...services, ring, tokens, suppressions, letters, offered, countsClicks, limits },
    })
    const erase = eraser({ ...services, suppressions })
    await openPreferences(scope, {
      ...{
        ...services,
        tokens,
        suppressions,
        letters,
        offered,
        countsClicks,
        erase,
        allowance,
        siteUrl,
        limits,
      },
    })
    const { readers, pages: readerPages } = openReaders(scope, {
      ...services,
      dataDir: config.dataDir,
      ...{ tokens, letters, suppressions, offered, erase, reception },
    })
    // What each part keeps from going out after a restore.
    const holdOverdue = async (tx: Database) => ({
      signUps: await waiting.held.hold(tx),
      issues: await issues.sending.holdOverdue(tx),
      mailings: await delivery.holdAll(tx),
      digests: await digests.holdOverdue(tx),
    })
    const {
      letters: issueLetters,
      clicks,
      pages: letterPages,
    } = openLetters(scope, { ...services, siteUrl, limits })
    const delivery = openDelivery(scope, { ...services, tokens, siteUrl, onRefused: bounces.onRefused })
    const issues = openIssues(scope, { ...services, letters: issueLetters, delivery, offered })
    const { sending } = issues
    services.articles.byMail.connect({
      mail: sending.mailArticle,
      mailed: sending.mailed,
      wake: sending.wake,
    })
    const { digests, pages: settingsPages } = openDigests(scope, {
      ...{ ...services, siteUrl, sender: sending },
      // What other parts show on the page of the settings.
      sections: [],
    })
    // Each part of the desk, in the order of its tabs.
    const parts: ((scope: FastifyInstance) => void)[] = [
      issues.pages,
      readerPages,
      suppressionPages,
      bouncePages,
      letterPages,
      settingsPages,
      delivery.pages,
      relaysPage(services),
    ]
    return {
      ...signUp,
      readers,
      suppressions,
      suppressionFiles,
      bounces,
      eventsAddress,
      reception,
      waiting,
      holdOverdue,
      issues,
      letters: issueLetters,
      clicks,
      delivery,
      attention: async () => ({ ...(await delivery.attention()), waiting: await sending.held() }),
      room: newsletterRoom(parts),
    }
  }
}
