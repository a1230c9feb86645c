import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type DestinationStream, type Logger, pino } from 'pino'

/**
 * JSON lines on standard output. Field names under which personal data could travel are redacted, whatever
 * code logs them; addresses, queries and bodies of requests are never handed to the logger at all.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const personal = [
    'email',
    'address',
    'token',
    'codename',
    'password',
    'body',
    'query',
    'url',
    'headers',
    'cookie',
    'authorization',
    'remoteAddress',
    'recipient',
    'to',
  ]
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: personal.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { err: describeError },
    },
    // Several processes may write to one pipe, which takes so much at a time as a whole (POSIX, PIPE_BUF).
    destination ?? standardOutput(),
  )
}

// Lines that cannot be written wait in memory, up to so many characters.
const MOST_UNWRITTEN = 1_048_576

// A log on a disk that is full loses lines; the paper goes on.
function standardOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: false, maxWrite: 4_096, maxLength: MOST_UNWRITTEN })
  output.removeAllListeners('error').on('error', () => undefined)
  return output
}

/** Where a feature notes what the operator should know. */
export type Log = FastifyBaseLogger

/** Logs the route's pattern, never the address itself: tokens and searches stand in addresses. */
export function logRequests(scope: FastifyInstance): void {
  scope.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10
    request.log.info({ method: request.method, route, status: reply.statusCode, milliseconds }, 'answered')
    done()
  })
}

// Messages of mail and database libraries quote addresses and values, so the text is cleaned of whatever
// looks like one; the stack keeps where it happened.
function describeError(error: Error & { code?: unknown }): object {
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return {
    type: error.name,
    code: error.code,
    message: withoutAddresses(error.message),
    stack: frames.join('\n'),
  }
}

/** Replaces mail addresses and long tokens in a text. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]').replace(/[\w-]{32,}/g, '[token]')
}
