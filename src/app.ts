import { mkdirSync } from 'node:fs'
import path from 'node:path'
import formbody from '@fastify/formbody'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from 'fastify'
import { articlesFeature } from './articles/index.js'
import { openAudit } from './audit/index.js'
import { type Config, programFolder } from './config.js'
import { contributionsFeature, givingRoom, givingService } from './contributions/index.js'
import { openDashboard } from './dashboard/index.js'
import { distributionFeature } from './distribution/index.js'
import { loadAssets } from './foundation/assets.js'
import { type Clock, type Ids, systemClock, uuids } from './foundation/clock.js'
import type { Database } from './foundation/database.js'
import type { Room } from './foundation/desk.js'
import { type Elsewhere, registerErrorPages } from './foundation/error-pages.js'
import { open } from './foundation/feature.js'
import { registerHeaders } from './foundation/headers.js'
import { registerHealth } from './foundation/health.js'
import { arrive, keepBeating } from './foundation/home.js'
import { createLogger, logRequests } from './foundation/log.js'
import { migrate } from './foundation/migrate.js'
import { registerPages } from './foundation/pages.js'
import { openSqlite } from './foundation/sqlite.js'
import { mailFeature } from './mail/index.js'
import { type MediaService, mediaFeature } from './media/index.js'
import { newsletterFeature } from './newsletter/index.js'
import { answerOldQuestions, openRedirects } from './redirects/index.js'
import { type SiteService, siteFeature, siteRoom, standingPagesService } from './site/index.js'
import { staffFeature } from './staff/index.js'
import { tipsFeature } from './tips/index.js'

export const migrationFolders = [
  path.join(programFolder, 'migrations'),
  path.join(programFolder, 'migrations/sqlite'),
]

export type App = Awaited<ReturnType<typeof openApp>>

/** What comes from the world outside; tests put their own in its place. */
export interface World {
  clock?: Clock
  ids?: Ids
  log?: FastifyBaseLogger
  /** is told of every route, for whoever checks them against what is written of them */
  onRoute?: (route: RouteOptions) => void
}

/**
 * Opens the database and every feature, in the order in which they stand on each other. The result can be
 * spoken to (`http.inject`) or listened with; `http.close()` closes everything that was opened.
 * @throws MigrationError when the database cannot be brought up to date
 */
export async function openApp(config: Config, world: World = {}) {
  const { clock = systemClock, ids = uuids } = world
  const log: FastifyBaseLogger = world.log ?? createLogger(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const db = openSqlite(config.databaseFile)
  await migrate(db, migrationFolders, clock().toISOString())

  const http: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => ids(),
    trustProxy: config.trustProxy,
    bodyLimit: 1_048_576,
    requestTimeout: 300_000,
    return503OnClosing: false,
    rewriteUrl: request => readableAddress(request.url ?? '/'),
    // Addresses are as long as Node's header limit allows; what is too long for a slug is simply not found.
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
  })
  if (world.onRoute) http.addHook('onRoute', world.onRoute)
  http.addHook('onClose', () => db.close())

  const assets = loadAssets([
    path.join(programFolder, 'views/assets'),
    path.join(programFolder, 'dist/assets'),
  ])
  const style = assets.inline('paper.css')
  const script = assets.inline('share.js')
  registerHeaders(http, { ...config, styleHashes: [style.hash], scriptHashes: [script.hash] })
  // Forms come as forms; whatever else comes is answered 415.
  http.removeAllContentTypeParsers()
  await http.register(formbody, { bodyLimit: 1_048_576 })
  await registerPages(http, {
    views: path.join(programFolder, 'views'),
    furniture: async () => ({
      ...(await readers.furniture()),
      config,
      assets,
      style: style.text,
      script: script.text,
    }),
  })
  // Known once the features are open; requests come after that.
  let elsewhere: Elsewhere = async () => undefined
  registerErrorPages(http, address => elsewhere(address))
  registerHealth(http, db)
  assets.register(http)

  const audit = openAudit({ db, clock, dataDir: config.dataDir })
  const readers = await open(http, async scope => {
    logRequests(scope)
    answerOldQuestions(scope, () => redirects.service)
    const logoChosen = (tx: Database, id: string | null): Promise<void> =>
      media.noteUses(tx, logoUse, id ? [id] : [])
    // The library opens after the site, on which it stands.
    const pictures = {
      byNames: (names: string[]): ReturnType<MediaService['byNames']> => media.byNames(names),
    }
    const site = await open(scope, siteFeature({ db, clock, ids, audit, logoChosen, pictures }))
    const media = await open(
      scope,
      mediaFeature({
        ...{ db, clock, ids, audit, dataDir: config.dataDir },
        contentChanged: tx => site.contentChanged(tx),
      }),
    )
    const logo = assets.url('favicon.svg')
    const articles = await open(scope, articlesFeature({ db, clock, ids, config, audit, media, site, logo }))
    const contributions = await open(scope, contributionsFeature({ db, ids, site }))
    const mail = await open(scope, mailFeature({ db, config, clock, ids }))
    const newsletter = await open(
      scope,
      newsletterFeature({ db, config, clock, ids, audit, media, articles, mail, site }),
    )
    await open(scope, distributionFeature({ articles, newsletter, site, config, clock }))
    const furniture = async () => {
      const known = await site.site()
      const { logo: id } = known.identity
      return { ...known, nameplate: id ? (await media.byIds([id])).get(id) : undefined }
    }
    return { site, media, articles, contributions, mail, newsletter, furniture }
  })
  const redirects = openRedirects({
    ...{ db, clock, ids, audit },
    origin: config.siteUrl,
    former: {
      ...readers.articles.former,
      stands: async path =>
        (await readers.articles.former.stands(path)) || (await isStandingPage(readers.site, path)),
    },
  })
  elsewhere = redirects.elsewhere
  // Beside the readers' scope, not inside: what a source does is in no log and shares no code with sessions.
  const tips = await open(http, tipsFeature({ config, clock }))
  const staff = await open(http, async scope => {
    logRequests(scope)
    const { site, mail } = readers
    // The menu's order.
    const rooms: Room[] = [
      openDashboard({ ...readers, db, audit, config, clock, tips }),
      readers.articles.room,
      readers.articles.correctionsRoom,
      readers.articles.frontPageRoom,
      readers.newsletter.room,
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
    ]
    return open(scope, staffFeature({ ...{ db, config, clock, ids, audit, site, mail }, rooms }))
  })
  const home = { db, databaseFile: config.databaseFile, dataDir: config.dataDir }
  await arrive(home, async tx => {
    const held = {
      articles: await readers.articles.schedule.holdOverdue(tx),
      mails: await readers.mail.held.hold(tx),
      ...(await readers.newsletter.holdOverdue(tx)),
    }
    log.warn(held, 'this database is a copy: what was due waits for an editor')
  })
  const stopBeating = keepBeating(home)
  http.addHook('onClose', stopBeating)
  return { http, db, audit, ...readers, tips, staff }
}

async function isStandingPage(site: SiteService, path: string): Promise<boolean> {
  const [, slug] = /^\/pages\/([^/]+)$/.exec(path) ?? []
  return slug !== undefined && (await site.standingPage(slug)) !== undefined
}

const logoUse = { kind: 'site', id: 'logo', label: 'The logo', address: '/admin/site/look' }

// An address with a broken percent sign is nobody's: it goes to the page that says so, through every hook.
function readableAddress(url: string): string {
  try {
    decodeURIComponent(url.split('?', 1)[0] as string)
    return url
  } catch {
    return '/unreadable-address'
  }
}
