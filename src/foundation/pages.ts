import path from 'node:path'
import view from '@fastify/view'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Answer, type Cache, sendBytes } from './bytes.js'
import type { Place } from './page-cache.js'
import { openViews } from './views.js'

interface PageOptions {
  /** how long the page may be kept; `content` when not said */
  cache?: Cache
  status?: number
  /** when what the page shows last changed, ISO 8601 */
  modified?: string
  /** where its bytes stay for the next who asks */
  place?: Place | undefined
}

/** What every page stands in; beside what only templates know, a style block of the site's own. */
export interface Furniture {
  accent?: { hash: string } | undefined
}

declare module 'fastify' {
  interface FastifyReply {
    /** Pages of this answer stand in furniture of their own. */
    furnishedBy(furniture: () => Promise<Furniture>): FastifyReply
    ownFurniture: (() => Promise<Furniture>) | null
    /** Renders a view inside its layout and sends it. */
    page(view: string, model: object, options?: PageOptions): Promise<FastifyReply>
    /** Sends finished bytes with validators and compression. */
    bytes(answer: Answer): Promise<FastifyReply>
  }
}

interface PagesOptions {
  views: string
  furniture: () => Promise<Furniture>
  belongings: object
}

/**
 * Teaches replies to answer with pages (Eta views, escaped unless a view says otherwise) and with bytes.
 * @param furniture what every page stands in: the site's name, navigation, date formats
 * @param belongings what stands in the furniture of every page: the program's own
 */
export async function registerPages(
  app: FastifyInstance,
  { views, furniture, belongings }: PagesOptions,
): Promise<void> {
  const { eta, print } = openViews(views)
  // For what is no page: mails.
  await app.register(view, { engine: { eta }, root: path.resolve(views), viewExt: 'eta', production: true })
  app.decorateReply('ownFurniture', null)
  app.decorateReply('furnishedBy', function (this: FastifyReply, own: () => Promise<Furniture>) {
    this.ownFurniture = own
    return this
  })
  app.decorateReply('bytes', function (this: FastifyReply, answer: Answer) {
    return sendBytes(this.request, this, answer)
  })
  app.decorateReply(
    'page',
    async function (this: FastifyReply, name: string, model: object, options: PageOptions = {}) {
      const around = await (this.ownFurniture ?? furniture)()
      if (around.accent) this.allowStyle(around.accent.hash)
      return this.bytes({
        ...print(name, belongings, around, model),
        type: 'text/html; charset=utf-8',
        cache: options.cache ?? 'content',
        modified: options.modified,
        status: options.status ?? 200,
        place: options.place,
      })
    },
  )
}
