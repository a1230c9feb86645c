import type { AuditService } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Room } from '../foundation/desk.js'
import type { Duties } from '../foundation/duties.js'
import type { Feature } from '../foundation/feature.js'
import type { MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { cardRoutes } from './card.routes.js'
import { correctionsAdmin } from './corrections/admin.js'
import { type CorrectionsService, correctionsService } from './corrections/service.js'
import { articlesRoom } from './desk/admin.js'
import { type GlanceService, glanceService } from './desk/glance.js'
import { type ManuscriptsService, manuscriptsService } from './desk/manuscripts.js'
import { presenceService } from './desk/presence.js'
import { type DeskService, deskService } from './desk/submissions.js'
import type { exportMarkdown } from './exporter.js'
import { type FormerAddresses, formerAddresses } from './former-addresses.js'
import { frontPageRoom } from './front-page/admin.js'
import { frontPageService } from './front-page/service.js'
import type { importMarkdown } from './importer.js'
import { type ByMail, byMail as openByMail } from './lifecycle/by-mail.js'
import { type ScheduleService, scheduleService } from './lifecycle/schedule.js'
import { lifecycleService } from './lifecycle/service.js'
import { listService } from './list/service.js'
import { previewLinksService } from './preview/links.js'
import { secretPreview } from './preview/routes.js'
import { previewService } from './preview/service.js'
import { type RevisionsService, revisionsService } from './revisions/service.js'
import { articleRoutes } from './routes.js'
import { sqliteSearch } from './search.sqlite.js'
import { searcher } from './searching/searcher.js'
import { type ReadingService, readingService } from './service.js'
import { termsAdmin, termsMenu } from './terms/admin.js'
import { type TermsService, termsService } from './terms/service.js'

export type { Article } from './service.js'
export { slugFrom } from './slugs.js'
export { lastModified } from './structured-data.js'

export interface ArticlesServices {
  db: Database
  clock: Clock
  ids: Ids
  config: Config
  audit: AuditService
  duties: Duties
  media: MediaService
  site: SiteService
  /** address of the mark that stands for the publisher */
  logo: string
}

export interface ArticlesService {
  reading: ReadingService
  desk: DeskService
  corrections: CorrectionsService
  terms: TermsService
  /** what the desk's first page says of articles */
  glance: GlanceService
  /** the desk's pages of what hangs on articles */
  correctionsRoom: Room
  manuscripts: ManuscriptsService
  revisions: RevisionsService
  /** what the clock publishes */
  schedule: ScheduleService
  /** what goes to readers by mail as it is published */
  byMail: ByMail
  /** the desk's pages for articles */
  room: Room
  /** where editors arrange the front page */
  frontPageRoom: Room
  termsRoom: Room
  /** where what is printed stood before */
  former: FormerAddresses
  /** how many searches wait for an answer */
  searchesWaiting(): number
  /** Takes Markdown files, or all that stand in folders, into the paper. */
  importMarkdown(paths: string[]): ReturnType<typeof importMarkdown>
  /** Writes every article into an empty folder, in the same format. */
  exportMarkdown(folder: string): ReturnType<typeof exportMarkdown>
}

/** What the paper prints: read, listed, searched, taken in. */
export function articlesFeature(services: ArticlesServices): Feature<ArticlesService> {
  return async scope => {
    const search = sqliteSearch
    const questions = searcher(services.config.databaseFile)
    scope.addHook('onClose', () => questions.close())
    const reading = readingService({ ...services, searcher: questions })
    const corrections = correctionsService(services)
    const terms = termsService(services)
    const revisions = revisionsService(services)
    const manuscripts = manuscriptsService({ ...services, search, revisions, terms })
    const desk = deskService({ ...services, search, manuscripts })
    const presence = presenceService(services)
    const preview = previewService({ ...services, reading })
    const previewLinks = previewLinksService({ ...services, manuscripts })
    const list = listService({ ...services, manuscripts, presence })
    const byMail = openByMail(services.db)
    const lifecycle = lifecycleService({ ...services, search, corrections, manuscripts, byMail })
    const publishing = scheduleService({ ...services, manuscripts, byMail, log: scope.log })
    const schedule = { ...publishing, wake: services.duties.add('publishing', publishing) }
    cardRoutes(scope, { ...services, reading })
    articleRoutes(scope, { ...services, reading, corrections })
    secretPreview(scope, { preview, previewLinks })
    return {
      ...{ reading, desk, corrections, terms, manuscripts, revisions, schedule, byMail },
      glance: glanceService(services.db),
      room: articlesRoom({
        ...services,
        list,
        lifecycle,
        schedule,
        byMail,
        manuscripts,
        revisions,
        presence,
        preview,
        previewLinks,
      }),
      former: formerAddresses(services.db),
      searchesWaiting: questions.waiting,
      termsRoom: {
        menu: termsMenu,
        open: inner => termsAdmin(inner, { ...services, terms }),
      },
      correctionsRoom: {
        menu: [],
        open: inner => correctionsAdmin(inner, { ...services, corrections }),
      },
      frontPageRoom: frontPageRoom({ frontPage: frontPageService(services), reading, site: services.site }),
      exportMarkdown: async folder => (await import('./exporter.js')).exportMarkdown(services, folder),
      importMarkdown: async paths =>
        (await import('./importer.js')).importMarkdown({ desk, media: services.media }, paths),
    }
  }
}
