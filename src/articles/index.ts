import type { Config } from '../config.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Feature } from '../foundation/feature.js'
import type { MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { type DeskService, deskService } from './desk/submissions.js'
import { importMarkdown } from './importer.js'
import { articleRoutes } from './routes.js'
import { sqliteSearch } from './search.sqlite.js'
import { type ReadingService, readingService } from './service.js'

export { splitFrontMatter } from './front-matter.js'
export type { Article } from './service.js'
export { lastModified } from './structured-data.js'

export interface ArticlesServices {
  db: Database
  clock: Clock
  ids: Ids
  config: Config
  media: MediaService
  site: SiteService
  /** address of the mark that stands for the publisher */
  logo: string
}

export interface ArticlesService {
  reading: ReadingService
  desk: DeskService
  /** Takes Markdown files, or all that stand in folders, into the paper. */
  importMarkdown(paths: string[]): ReturnType<typeof importMarkdown>
}

/** What the paper prints: read, listed, searched, taken in. */
export function articlesFeature(services: ArticlesServices): Feature<ArticlesService> {
  return async scope => {
    const search = sqliteSearch(services.db)
    const reading = readingService({ ...services, search })
    const desk = deskService({ ...services, search })
    articleRoutes(scope, { ...services, reading })
    return { reading, desk, importMarkdown: paths => importMarkdown({ desk, media: services.media }, paths) }
  }
}
