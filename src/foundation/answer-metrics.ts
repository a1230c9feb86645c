import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.js'

export type AnswerMetrics = ReturnType<typeof answerMetrics>

const methods = new Set(['GET', 'HEAD', 'POST'])

// A number that grows when somebody comes to the tip line, or when the newsroom reads there, tells when a tip came.
const ofTheTipLine = /^\/(?:admin\/)?tips(?:[/?]|$)/

/** A kind of answer: by the pattern of its route, never by an address. */
export interface Answer {
  method: string
  route: string
  status: number
}

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

  const labelsOf = ({ method, route, status }: Answer, from: 'kept' | 'made') => [
    methods.has(method) ? method : 'other',
    ...[route, `${Math.floor(status / 100)}xx`, from],
  ]

  const noteMade = ({ method, url, routeOptions }: FastifyRequest, reply: FastifyReply): void => {
    const route = routeOptions.url ?? 'none'
    if (ofTheTipLine.test(url) || ofTheTipLine.test(route)) return
    requests.add(labelsOf({ method, route, status: reply.statusCode }, 'made'))
    durations.observe([route, 'made'], reply.elapsedTime / 1_000)
  }

  return {
    /** What notes answers of one kind, from bytes that were finished before; it is told how long each took, in seconds. */
    kept(answer: Answer): (seconds: number) => void {
      if (ofTheTipLine.test(answer.route)) return () => undefined
      const count = requests.each(labelsOf(answer, 'kept'))
      const sort = durations.each([answer.route, 'kept'])
      return seconds => {
        count()
        sort(seconds)
      }
    },

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
