import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerMetrics } from './answer-metrics.js'
import { plainFields } from './form-door.js'
import { keptNotes } from './kept-notes.js'
import type { Log } from './log.js'
import { pageAddress, parseQuery, withQuestion } from './page-address.js'
import { answerWith } from './page-answers.js'
import { type KeptPage, type PageCacheOptions, type Place, pageCache } from './page-cache.js'
import { mayBeWhole } from './whole-answers.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** the right to make the page that this request asks for, for all who ask for it */
    place: Place | null
  }
  interface FastifyReply {
    /**
     * Answers a form, of a route that says `kept()`, with a page that is the same for everybody until the content changes.
     * @param make answers with that page; hands the place on to whatever finishes its bytes, where there is one
     */
    sameForAll(make: (place?: Place) => Promise<FastifyReply>): Promise<FastifyReply>
  }
}

export interface PageDoorOptions extends PageCacheOptions {
  log: Log
  answers: AnswerMetrics
  /** whether an address must be looked up elsewhere before any page may answer it */
  comesFromElsewhere(url: string): boolean
}

export type PageDoor = ReturnType<typeof pageDoor>

// Nobody finds it by asking: no target of a request holds a space.
const answerTo = (form: string) => `POST ${form}`

/** Requests that came in by the door: those that are injected are answered without it. */
const cameIn = Symbol('came in by the door')
const taken = Symbol('taken at the door')
type Incoming = IncomingMessage & { [cameIn]?: true; [taken]?: true }

/**
 * Stands before the router: a page that is kept is answered from here, on the bare request and response, and everything else goes
 * on to the routes. There, whoever asks for a page that may be kept makes it for all who ask meanwhile.
 */
export function pageDoor({ log, answers, comesFromElsewhere, ...options }: PageDoorOptions) {
  const cache = pageCache(options)
  const notes = keptNotes(log, answers)
  const forms = new Map<string, FastifyContextConfig>()
  let closing = false
  let found = 0
  let patience = 0
  // What Fastify knows of each: whose word it takes for who sent it.
  let requests: object | null = null

  const find = (url: string): KeptPage | undefined => {
    const exact = cache.find(url)
    const mark = url.indexOf('?')
    if (exact || mark < 0 || comesFromElsewhere(url)) return exact
    const path = url.slice(0, mark)
    const page = cache.find(path)
    if (!page?.parameters.length) return page
    const address = withQuestion(path, parseQuery(url.slice(mark + 1)), page.parameters)
    return address === path ? page : cache.find(address)
  }

  const pageAt = (url: string): KeptPage | undefined => {
    try {
      return closing ? undefined : find(url)
    } catch {
      // A database that cannot even be looked at: the route says so.
      return undefined
    }
  }

  // Its route notes it.
  const answerFor = (page: KeptPage, reply: FastifyReply, patience?: number): FastifyReply => {
    reply.hijack()
    found += 1
    const exchange = { request: reply.request.raw, response: reply.raw, told: () => undefined }
    answerWith(cache, page, patience === undefined ? exchange : { ...exchange, patience })
    return reply
  }

  const noteOf = ({ method = 'GET' }: IncomingMessage, { route }: KeptPage, begun = performance.now()) => {
    found += 1
    return (status: number): void => {
      notes.note({ method, route, status }, (performance.now() - begun) / 1_000)
    }
  }

  const clientOf = (request: IncomingMessage): string =>
    (Object.create(requests, { raw: { value: request } }) as FastifyRequest).ip

  const formOf = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '' } = request
    const page = closing ? undefined : cache.last(answerTo(url))
    const fields = page && mayBeWhole(request, response) ? plainFields(request) : undefined
    const take = fields && forms.get(url)?.takeAtDoor?.({ fields, client: () => clientOf(request) })
    return page && take && { page, take }
  }

  /**
   * Takes a form and answers with the page that is kept for all who send it, if that is of the content as of the form's own
   * transaction: to look at the database before that as well would take as long as to write. What else there is to it is for the route.
   */
  const takeForm = (request: Incoming, response: ServerResponse, orElse: () => void): void => {
    const begun = performance.now()
    const form = formOf(request, response)
    if (!form) return void orElse()
    const { page, take } = form
    take().then(version => {
      request[taken] = true
      if (page.version !== version) return orElse()
      answerWith(cache, page, { request, response, patience, told: noteOf(request, page, begun) })
    }, orElse)
  }

  return {
    /** What the pages that are kept do; `found`: how many requests they answered. */
    tally: () => ({ ...cache.tally(), found }),

    /** What is to be asked first; the routes get what it has no page for. */
    before(routes: RequestListener): RequestListener {
      return (request: Incoming, response) => {
        const { method, url = '' } = request
        const page = method === 'GET' || method === 'HEAD' ? pageAt(url) : undefined
        if (page) return answerWith(cache, page, { request, response, patience, told: noteOf(request, page) })
        request[cameIn] = true
        const orElse = () => routes(request, response)
        if (method !== 'POST' || !forms.has(url)) orElse()
        // What was sent in one piece with its head is here by then.
        else setImmediate(takeForm, request, response, orElse)
      }
    },

    /** Lets routes whose answers may be kept make them for all who ask. To be called before there are any. */
    register(app: FastifyInstance): void {
      patience = app.server.keepAliveTimeout
      app.decorateRequest('place', null)
      app.decorateRequest('takenAtDoor', {
        getter() {
          return (this.raw as Incoming)[taken] === true
        },
      })
      app.addHook('onRoute', route => {
        const { url, config, onRequest = [], onSend = [] } = route
        const parameters = config?.kept
        if (config?.takeAtDoor) forms.set(url, config)
        // Whether a form gets that page is known once it was read.
        if (!parameters || route.method === 'POST') return
        route.onRequest = [onRequest].flat().concat(async (request, reply) => {
          const address = pageAddress(request.url, request.query as Record<string, unknown>, parameters)
          if (!address || !(request.raw as Incoming)[cameIn]) return
          const claimed = await cache.claim({ address, route: url, parameters })
          if (claimed && 'keep' in claimed) {
            request.place = claimed
            reply.raw.once('close', claimed.leave)
          } else if (claimed) answerFor(claimed, reply)
        })
        // Before it goes out: how fast it is fetched, or whether at all, must not matter to those who wait for the page.
        route.onSend = [onSend].flat().concat((request, _reply, _payload, done) => {
          request.place?.leave()
          done()
        })
      })
      app.decorateReply('sameForAll', async function (make) {
        if (!(this.request.raw as Incoming)[cameIn]) return make()
        requests = Object.getPrototypeOf(this.request)
        const { url: route = '' } = this.request.routeOptions
        const claimed = await cache.claim({ address: answerTo(route), route, parameters: [] })
        if (!claimed) return make()
        if ('representation' in claimed) return answerFor(claimed, this, patience)
        return make(claimed).finally(claimed.leave)
      })
      app.addHook('preClose', async () => {
        closing = true
        cache.clear()
        notes.close()
      })
    },
  }
}
