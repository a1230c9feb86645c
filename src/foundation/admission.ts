import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TakeAtDoor } from './form-door.js'
import type { LoopLag } from './loop-lag.js'
import type { Metrics } from './metrics.js'

/** Those who share room; a crowd of one kind takes none of another's. */
type Crowd = 'readers' | 'desk' | 'sources'

export type Admission = ReturnType<typeof openAdmission>

// What a processor makes in less than half a second, and what its results take while they wait to be sent.
const ROOM: Record<Crowd, number> = { readers: 200, desk: 100, sources: 50 }

// When everything waits for so many milliseconds, what is begun besides only makes all of it later.
const LATE = 500
const SHARE_WHEN_LATE = 1 / 4

const RETRY_AFTER = '3'
const turnedAway = Buffer.from(
  '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    '<title>The press is busy</title><h1>The press is busy</h1><p>More is asked of it just now than it can answer. ' +
    'Nothing that you sent was kept: go back, where your words still are, and try again in a few seconds.</p>',
)

/**
 * Begins only as much at once as gets done soon, and says 503 at once to who comes above that (RFC 9110, 15.6.4): otherwise all
 * would wait, and what they wait for fill the memory. Pages that are kept are answered before any of this.
 */
export function openAdmission(
  http: FastifyInstance,
  { lag, metrics }: { lag: Pick<LoopLag, 'now'>; metrics: Metrics },
) {
  http.decorateRequest('leave', null)
  const inside: Record<Crowd, number> = { readers: 0, desk: 0, sources: 0 }
  const refusals = metrics.counter(
    'handpress_turned_away_total',
    'Requests answered 503 since too much was under way; none of the tip line.',
    ['who'],
  )
  for (const who of ['readers', 'desk']) refusals.add([who], 0)
  metrics.reading(
    {
      name: 'handpress_requests_under_way',
      help: 'Requests for which something is being made; none of the tip line.',
      ...{ kind: 'gauge', labels: ['who'], together: 'sum' },
    },
    () => [
      [['readers'], inside.readers],
      [['desk'], inside.desk],
    ],
  )

  const roomFor = (who: Crowd): number => (lag.now() > LATE ? ROOM[who] * SHARE_WHEN_LATE : ROOM[who])

  const roomForOne = (who: Crowd, { place, url }: FastifyRequest): number => {
    // What is made for all who wait for it is worth more than what one of them asks for.
    return place && !url.includes('?') ? roomFor(who) * 2 : roomFor(who)
  }

  const enter = (who: Crowd, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
    if (inside[who] >= roomForOne(who, request)) {
      if (who !== 'sources') refusals.add([who])
      const headers = { 'retry-after': RETRY_AFTER, 'cache-control': 'no-store' }
      return reply.code(503).headers(headers).type('text/html; charset=utf-8').send(turnedAway)
    }
    inside[who] += 1
    request.leave = () => {
      inside[who] -= 1
      request.leave = null
    }
    reply.raw.once('close', () => request.leave?.())
    return undefined
  }

  /** The same for forms that are taken before any route; where there is no room, the route says so. */
  const guarded =
    (who: Crowd, takeAtDoor: TakeAtDoor): TakeAtDoor =>
    form => {
      const take = inside[who] < roomFor(who) ? takeAtDoor(form) : undefined
      if (!take) return undefined
      return () => {
        inside[who] += 1
        return take().finally(() => {
          inside[who] -= 1
        })
      }
    }

  return {
    /** The same for what no route takes. */
    admitReader: async (request: FastifyRequest, reply: FastifyReply) => enter('readers', request, reply),

    /** Lets requests of a scope in while there is room for their kind. To be called before the scope has routes. */
    guard(scope: FastifyInstance, who: Crowd): void {
      scope.addHook('onRoute', ({ config }) => {
        if (config?.takeAtDoor) config.takeAtDoor = guarded(who, config.takeAtDoor)
      })
      // Not before: who gets a page that another one makes takes no room.
      scope.addHook('preParsing', (request, reply, _payload, done) => {
        if (request.method === 'POST' || !enter(who, request, reply)) done()
      })
      // A form takes room once it is here: it may come over a slow line. Files are read by their routes, which have bounds of their own.
      scope.addHook('preValidation', (request, reply, done) => {
        if (request.method !== 'POST' || isUpload(request) || !enter(who, request, reply)) done()
      })
      // How fast the answer is fetched does not matter either.
      scope.addHook('onSend', (request, _reply, _payload, done) => {
        request.leave?.()
        done()
      })
    },
  }
}

const isUpload = ({ headers }: FastifyRequest) => /^multipart\//i.test(headers['content-type'] ?? '')

declare module 'fastify' {
  interface FastifyRequest {
    /** gives the room back that the request takes */
    leave: (() => void) | null
  }
}
