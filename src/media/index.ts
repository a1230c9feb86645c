import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Room } from '../foundation/desk.js'
import type { Duties } from '../foundation/duties.js'
import type { Feature } from '../foundation/feature.js'
import { mediaRoom } from './admin.js'
import { avifWorker } from './avif-worker.js'
import { type Cards, socialCards } from './cards.js'
import { lane } from './lane.js'
import { type LibraryService, libraryService } from './library.js'
import { originals } from './originals.js'
import { mediaRepository } from './repository.js'
import { mediaRoutes } from './routes.js'
import { picturesService } from './service.js'
import { sweeper } from './sweeper.js'
import { upkeep } from './upkeep.js'

export type { CardText } from './card-drawing.js'
export { cardMark } from './cards.js'
export { libraryFiles } from './library-files.js'
export type { MediaPicture } from './schema.js'

export interface MediaServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  duties: Duties
  /** notes in a transaction that readers will see it */
  contentChanged: (tx: Database) => Promise<void>
  dataDir: string
}

export interface MediaService
  extends ReturnType<typeof picturesService>,
    Pick<LibraryService, 'add' | 'page'> {
  /** Makes the AVIF files that are still waiting and resolves when that is done. */
  makeWaiting(): Promise<void>
  /** Where the original of a picture of that name lies on this machine; undefined when none is kept. */
  originalFile(name: string): Promise<string | undefined>
  /** Removes files that nothing names. */
  sweep(): Promise<void>
  cards: Cards
  room: Room
}

const MOST_WAITING = 100

/** The picture library. Names of its public files hold a hash of their content, so they may be kept for good. */
export function mediaFeature(services: MediaServices): Feature<MediaService> {
  return async scope => {
    const { db, contentChanged, dataDir } = services
    const folder = path.join(dataDir, 'media')
    mkdirSync(folder, { recursive: true })
    const kept = originals(path.join(dataDir, 'media-originals'))
    await kept.prepare()
    mediaRoutes(scope, folder)
    const avif = avifWorker({ db, contentChanged, folder, originals: kept, log: scope.log })
    const sweep = sweeper({ ...services, folder, originals: kept })
    const wake = services.duties.add('pictures', upkeep({ sweep, avif, log: scope.log }))
    const work = lane(MOST_WAITING)
    const library = libraryService({
      ...services,
      folder,
      originals: kept,
      lane: work,
      wake,
    })
    const cards = socialCards(path.join(dataDir, 'cards'))
    scope.addHook('onClose', async () => {
      await work.idle()
      await cards.idle()
    })
    return {
      ...picturesService(db),
      originalFile: async name => {
        const [item] = await mediaRepository(db).byNames([name])
        return item?.original ? kept.where(item.original) : undefined
      },
      add: library.add,
      page: library.page,
      makeWaiting: avif.makeWaiting,
      sweep,
      cards,
      room: mediaRoom(library),
    }
  }
}
