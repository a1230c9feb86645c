import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.js'

export type AnswerMetrics = ReturnType<typeof answerMetrics>

const methods = new Set(['GET', 'HEAD', 'POST'])

// A number that grows when somebody comes to the tip line, or when the newsroom reads there, tells when a tip came.
const ofTheTipLine = /^\/(?:admin\/)?tips(?:[/?]|$)/

/** Counts answers by the patterns of their routes, never by addresses, and sorts them by the time they took. */
export function answerMetrics(metrics: Metrics) {
  const requests = metrics.counter(
    'handpress_http_requests_total',
    'Requests answered, by pattern of route; none of the tip line.',
    ['method', 'route', 'status', 'from'],
  )
  const durations = metrics.histogram(
    'handpress_http_request_duration_seconds',
    'Seconds from the head of a request to the end of its answer.',
    ['route', 'from'],
  )

  /** @param from `kept`: bytes that were finished before; `made`: by the route */
  const note = (
    { method, route, status, seconds }: { method: string; route: string; status: number; seconds: number },
    from: 'kept' | 'made',
  ): void => {
    if (ofTheTipLine.test(route)) return
    const known = methods.has(method) ? method : 'other'
    requests.add([known, route, `${Math.floor(status / 100)}xx`, from])
    durations.observe([route, from], seconds)
  }

  const noteMade = ({ method, url, routeOptions }: FastifyRequest, reply: FastifyReply): void => {
    if (ofTheTipLine.test(url)) return
    const route = routeOptions.url ?? 'none'
    note({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 }, 'made')
  }

  return {
    note,

    /** Notes the answers of all routes of a scope. */
    noteAll(scope: FastifyInstance): void {
      scope.addHook('onResponse', (request, reply, done) => {
        noteMade(request, reply)
        done()
      })
    },

    /** Notes one answer once it is over, for what no hook of a route sees. */
    noteOne(request: FastifyRequest, reply: FastifyReply): void {
      reply.raw.once('close', () => noteMade(request, reply))
    },
  }
}
