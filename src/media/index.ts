import { mkdirSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Room } from '../foundation/desk.js'
import type { Feature } from '../foundation/feature.js'
import { mediaRoom } from './admin.js'
import { avifWorker } from './avif-worker.js'
import { type Cards, socialCards } from './cards.js'
import { lane } from './lane.js'
import { type LibraryService, libraryService } from './library.js'
import { originals } from './originals.js'
import { mediaRepository } from './repository.js'
import { picturesService } from './service.js'
import { sweeper } from './sweeper.js'

export type { CardText } from './card-drawing.js'
export { cardMark } from './cards.js'
export type { MediaPicture } from './schema.js'

export interface MediaServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
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
const EVERY = 10 * 60_000

/** The picture library. Names of its public files hold a hash of their content, so they may be kept for good. */
export function mediaFeature(services: MediaServices): Feature<MediaService> {
  return async scope => {
    const { db, dataDir } = services
    const folder = path.join(dataDir, 'media')
    mkdirSync(folder, { recursive: true })
    const kept = originals(path.join(dataDir, 'media-originals'))
    await kept.prepare()
    // Readers of our feeds see our pictures inside other sites' pages.
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cross-origin-resource-policy', 'cross-origin')
    })
    await scope.register(fastifyStatic, {
      root: folder,
      prefix: '/media/',
      index: false,
      dotfiles: 'ignore',
      decorateReply: false,
      immutable: true,
      maxAge: '1y',
    })
    const avif = avifWorker({ db, folder, originals: kept, log: scope.log })
    const work = lane(MOST_WAITING)
    const library = libraryService({
      ...services,
      folder,
      originals: kept,
      lane: work,
      wake: () => avif.wake(),
    })
    const cards = socialCards(path.join(dataDir, 'cards'))
    const sweep = sweeper({ ...services, folder, originals: kept })
    let upkeep: Promise<void> = Promise.resolve()
    let timer: NodeJS.Timeout | undefined
    const keepUp = () => {
      upkeep = sweep().catch(error => scope.log.error({ err: error }, 'the picture folders cannot be swept'))
      // An import is a process of its own: what it brought is found here.
      avif.wake()
    }
    scope.addHook('onListen', async () => {
      avif.start()
      keepUp()
      timer = setInterval(keepUp, EVERY).unref()
    })
    scope.addHook('onClose', async () => {
      clearInterval(timer)
      await upkeep
      await avif.stop()
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
