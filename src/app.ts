import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { FastifyBaseLogger, RouteOptions } from 'fastify'
import { articlesFeature } from './articles/index.js'
import { openAudit } from './audit/index.js'
import { finishRestore, openBackups } from './backups/index.js'
import { type Config, programFolder } from './config.js'
import { contributionsFeature, givingRoom, givingService } from './contributions/index.js'
import { openDashboard } from './dashboard/index.js'
import { distributionFeature } from './distribution/index.js'
import { openAdmission } from './foundation/admission.js'
import { answerMetrics } from './foundation/answer-metrics.js'
import { type Clock, type Ids, uuids } from './foundation/clock.js'

import type { Database } from './foundation/database.js'
import type { Room } from './foundation/desk.js'
import { type Fellows, openDuties } from './foundation/duties.js'
import { type Elsewhere, registerErrorPages } from './foundation/error-pages.js'
import { open } from './foundation/feature.js'
import { registerHealth } from './foundation/health.js'
import { arrive, keepBeating } from './foundation/home.js'
import { limitForms, openHttp } from './foundation/http.js'
import { leaseIn } from './foundation/lease.js'
import { createLogger, logRequests } from './foundation/log.js'
import { watchLoopLag } from './foundation/loop-lag.js'
import { type Memory, openMemory } from './foundation/memory.js'
import { type Gathering, nobodyElse, openMetrics } from './foundation/metrics.js'
import { migrate } from './foundation/migrate.js'
import { timeDatabase, timeLoop } from './foundation/program-metrics.js'
import type { KeyName } from './foundation/secret.js'
import { openSqlite } from './foundation/sqlite.js'
import { type Handed, steadyClock } from './foundation/steady-clock.js'
import { type KeyChange, refuseOtherKeys, settleKeys } from './keys/index.js'
import { mailFeature } from './mail/index.js'
import { type MediaService, mediaFeature } from './media/index.js'
import { metricsFeature } from './metrics/index.js'
import { foldAnew, newsletterFeature } from './newsletter/index.js'
import { migrationFolders } from './premises.js'
import { answerOldQuestions, asksOldQuestion, openRedirects } from './redirects/index.js'
import { type Site, type SiteService, siteFeature, siteRoom, standingPagesService } from './site/index.js'
import { staffFeature, staffKeyChange } from './staff/index.js'
import { type Nameplate, openNewsroomDoor, openTipStore, sourceDoor } from './tips/index.js'

/** What is opened here, and what is left to a process of its own. */
interface Scope {
  /** false: `openTipDoor` serves the source's door, over the same folder */
  withSourceDoor?: boolean
  /** false: others serve already, and what they have in hand is not to be cleared away */
  isFirst?: boolean
}

export type App = Awaited<ReturnType<typeof openApp>>

// An address, a name, some choices; what is longer belongs to the desk or the tip line.
const MOST_OF_A_READERS_FORM = 65_536

/** What comes from the world outside; tests put their own in its place. */
export interface World {
  clock?: Clock
  ids?: Ids
  log?: FastifyBaseLogger
  /** what is in memory for all processes that share the port */
  memory?: Memory
  /** those other processes */
  fellows?: Fellows
  gathering?: Gathering
  /** the time as the first of them knows it */
  handed?: Handed | undefined
  /** is told of every route, for whoever checks them against what is written of them */
  onRoute?: (route: RouteOptions) => void
}

/**
 * Opens the database and every feature, in the order in which they stand on each other. The result can be
 * spoken to (`http.inject`) or listened with; `http.close()` closes everything that was opened.
 * @throws MigrationError when the database cannot be brought up to date
 */
export async function openApp(
  config: Config,
  world: World = {},
  { withSourceDoor = true, isFirst = true }: Scope = {},
) {
  const { ids = uuids, fellows, gathering = nobodyElse } = world
  const metrics = openMetrics()
  const answers = answerMetrics(metrics)
  const log: FastifyBaseLogger = world.log ?? createLogger(config.logLevel)
  if (finishRestore(config.dataDir)) log.warn('a restore that was cut short is finished')
  const steady = steadyClock(log, undefined, world.handed)
  const clock = world.clock ?? steady.clock
  const memory = world.memory ?? openMemory(clock)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const db = openSqlite(config.databaseFile, {
    ...{ clock, timed: timeDatabase(metrics) },
    checkpointProgram: path.join(programFolder, 'dist/foundation/checkpoint-thread.js'),
  })
  await migrate(db, migrationFolders, clock().toISOString())
  const store = await openTipStore({
    dataDir: config.dataDir,
    ...{ clock, log },
    doors: withSourceDoor ? 'both' : 'newsroom',
  })

  const { http, assets, keptPages } = await openHttp({
    ...config,
    ...{ log, programFolder, onRoute: world.onRoute },
    furniture: async () => ({ config, ...(await readers.furniture()) }),
    pages: {
      answers,
      contentVersion: () => readers.site.contentVersion(),
      comesFromElsewhere: asksOldQuestion,
    },
  })
  const lag = watchLoopLag(timeLoop(metrics))
  const admission = openAdmission(http, { lag, metrics })
  http.addHook('onClose', async () => lag.stop())
  http.addHook('onClose', async () => void (await Promise.all([db.close(), store.close()])))
  http.addHook('onListen', () => store.sweep(!isFirst))
  const duties = openDuties({ lease: leaseIn(db, { ids }), log, fellows })
  // Known once the features are open; requests come after that.
  let elsewhere: Elsewhere = async () => undefined
  registerErrorPages(http, address => elsewhere(address), { answers, admission })
  registerHealth(http, { db, duties, clock, folders: [config.dataDir, path.dirname(config.databaseFile)] })
  assets.register(http)

  // The source's door may be another process, which knows of the paper what stands there.
  const hangNameplate = (site: Site): Promise<void> =>
    store.nameplate.write(nameplateOf(site)).catch(error => log.error({ err: error }, 'the nameplate fell'))
  const audit = openAudit({ db, clock, keys: config })
  // Before anything is made with a new key, and by one process only.
  if (isFirst) await settleKeys({ db, clock, log, audit, keys: config, changes: keyChanges })
  else refuseOtherKeys(config)
  const readers = await open(http, async scope => {
    logRequests(scope)
    answers.noteAll(scope)
    admission.guard(scope, 'readers')
    limitForms(scope, MOST_OF_A_READERS_FORM)
    answerOldQuestions(scope, () => redirects.service)
    const logoChosen = (tx: Database, id: string | null): Promise<void> =>
      media.noteUses(tx, logoUse, id ? [id] : [])
    // The library opens after the site, on which it stands.
    const pictures = {
      byNames: (names: string[]): ReturnType<MediaService['byNames']> => media.byNames(names),
    }
    const site = await open(
      scope,
      siteFeature({ db, clock, ids, audit, logoChosen, identityChanged: hangNameplate, pictures }),
    )
    const media = await open(
      scope,
      mediaFeature({
        ...{ db, clock, ids, audit, dataDir: config.dataDir, duties },
        contentChanged: tx => site.contentChanged(tx),
      }),
    )
    const logo = assets.url('favicon.svg')
    const articles = await open(
      scope,
      articlesFeature({ db, clock, ids, config, audit, duties, media, site, logo }),
    )
    const contributions = await open(scope, contributionsFeature({ db, ids, site }))
    const mail = await open(scope, mailFeature({ db, config, clock, ids, duties, memory, metrics }))
    const newsletter = await open(
      scope,
      newsletterFeature({ db, config, clock, ids, audit, duties, memory, media, articles, mail, site }),
    )
    await open(scope, distributionFeature({ articles, newsletter, site, config, clock }))
    const furniture = async () => {
      const known = await site.site()
      const { logo: id } = known.identity
      return { nameplate: id ? (await media.byIds([id])).get(id) : undefined, ...known }
    }
    return { site, media, articles, contributions, mail, newsletter, furniture }
  })
  const redirects = openRedirects({
    ...{ db, clock, ids, audit },
    origin: config.siteUrl,
    answers: path => http.hasRoute({ method: 'GET', url: path }),
    former: {
      ...readers.articles.former,
      stands: async path =>
        (await readers.articles.former.stands(path)) || (await isStandingPage(readers.site, path)),
    },
  })
  elsewhere = redirects.elsewhere
  // Beside the readers' scope, not inside: what a source does is in no log and shares no code with sessions.
  if (withSourceDoor)
    await open(http, async scope => {
      admission.guard(scope, 'sources')
      await open(scope, sourceDoor({ config, clock, store, assets, duties, memory }))
    })
  const tips = await openNewsroomDoor({
    ...{ db, config, clock, ids, audit, store, log, duties, isFirst },
    ...{ site: readers.site, mail: readers.mail },
  })
  const backups = openBackups({ db, config, clock, ids, audit, duties, log, site: readers.site })
  const staff = await open(http, async scope => {
    logRequests(scope)
    answers.noteAll(scope)
    admission.guard(scope, 'desk')
    const { site, mail } = readers
    // The menu's order.
    const rooms: Room[] = [
      openDashboard({ ...readers, db, audit, config, clock, tips, backups, clockDoubt: steady.doubt }),
      readers.articles.room,
      readers.articles.correctionsRoom,
      readers.articles.frontPageRoom,
      readers.newsletter.room,
      tips.room,
      readers.media.room,
      readers.articles.termsRoom,
      redirects.room,
      siteRoom({
        site: readers.site,
        pictures: readers.media,
        standingPages: standingPagesService({ db, clock, ids, audit, site, pictures: readers.media }),
      }),
      givingRoom({
        site: readers.site,
        giving: givingService({ db, clock, ids, audit, site: readers.site }),
      }),
      backups.room,
    ]
    // Two databases: keys of the tip line follow once it stands that somebody left.
    const standingChanged = () => tips.keys.reconcile()
    return open(
      scope,
      staffFeature({ ...{ db, config, clock, ids, log, audit, memory, site, mail, standingChanged }, rooms }),
    )
  })
  await open(
    http,
    metricsFeature({
      ...{ config, metrics, gathering, keptPages },
      queues: {
        stored: async () => ({
          ...(await readers.mail.waiting()),
          sign_ups: await readers.newsletter.waiting.count(),
          sign_ups_received: await readers.newsletter.reception.received(),
          password_resets: await staff.resetsWaiting(),
        }),
        here: () => ({ searches: readers.articles.searchesWaiting() }),
        deliveries: readers.newsletter.delivery.sums,
      },
    }),
  )
  await hangNameplate(await readers.site.site())
  const home = { db, databaseFile: config.databaseFile, dataDir: config.dataDir }
  const hold = async (tx: Database): Promise<void> => {
    await readers.newsletter.reception.workOffAll(tx)
    const held = {
      articles: await readers.articles.schedule.holdOverdue(tx),
      mails: await readers.mail.held.hold(tx),
      ...(await readers.newsletter.holdOverdue(tx)),
      tipAlerts: await tips.alerts.holdOverdue(tx),
    }
    log.warn(held, 'this database is a copy: what was due waits for an editor')
  }
  if (isFirst) await arrive(home, hold)
  const stopBeating = keepBeating(home)
  http.addHook('onClose', stopBeating)
  http.addHook('onListen', async () => duties.begin())
  http.addHook('onClose', () => duties.end())
  return { http, db, audit, ...readers, tips, staff, backups }
}

/** What each feature does about its own when a key is replaced or older ones are forgotten. */
export const keyChanges: Record<KeyName, KeyChange> = {
  'audit-key': {},
  'staff-key': staffKeyChange,
  'secret-key': { replaced: foldAnew },
}

function nameplateOf({ identity: { name, language, timeZone }, direction, accent }: Site): Nameplate {
  return { name, language, timeZone, direction, accent: accent?.text }
}

async function isStandingPage(site: SiteService, path: string): Promise<boolean> {
  const [, slug] = /^\/pages\/([^/]+)$/.exec(path) ?? []
  return slug !== undefined && (await site.standingPage(slug)) !== undefined
}

const logoUse = { kind: 'site', id: 'logo', label: 'The logo', address: '/admin/site/look' }
