import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Invalid, NotFound, Problem } from '../../foundation/errors.js'
import { parseAddress } from '../address.js'
import { eventsIn, type RelayEvent, UnknownShape } from './events.js'
import type { BouncesService } from './service.js'

const MOST_BYTES = 1_048_576
const MOST_EVENTS = 5_000

/** What relays prove themselves with that post events: a function of the site's secret, so that nothing has to be kept. */
export function eventsToken(secret: Buffer): string {
  return createHmac('sha256', secret).update('newsletter events address').digest('base64url').slice(0, 32)
}

const Sns = z.object({ Type: z.literal('SubscriptionConfirmation'), SubscribeURL: z.string() })

/**
 * Where relays post what became of mail. Who knows the token, or that of an older key, is believed: relays split it off the address that
 * they are given and send it as a password (HTTP Basic, RFC 7617). In the path it stands where a relay was set up by an earlier version.
 */
export function eventRoutes(
  scope: FastifyInstance,
  { bounces, believed }: { bounces: Pick<BouncesService, 'takeEvent'>; believed: string[] },
): void {
  void scope.register(async inner => {
    takeJsonOnly(inner)

    inner.post('/newsletter/events', { bodyLimit: MOST_BYTES }, take)
    inner.post('/newsletter/events/:token', { bodyLimit: MOST_BYTES }, take)
  })

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const sent = jsonOf(request)
    // Amazon asks the operator to open an address. The program never does: it would let a stranger have it call anything.
    if (Sns.safeParse(sent).success) {
      request.log.warn('Amazon SNS asks to confirm the address for events: confirm it in its console')
      return reply.send({ taken: 0, confirm: 'Confirm the subscription in the console of Amazon SNS.' })
    }
    const events = read(sent)
    let matched = 0
    for (const [index, event] of events.entries()) {
      const taken = await bounces.takeEvent(event.reading, about(event, request, index))
      if (taken.matched) matched += 1
    }
    return reply.send({ taken: events.length, matched })
  }

  // Before anything of the body is read.
  function takeJsonOnly(inner: FastifyInstance): void {
    inner.addHook('onRequest', async (request, reply) => {
      const { token: inPath } = InPath.parse(request.params)
      const given = inPath ?? passwordIn(request)
      if (!believed.some(token => isToken(given, token))) {
        if (inPath !== undefined) throw new NotFound()
        // Some relays send a password only where they are asked for one.
        reply.header('www-authenticate', 'Basic realm="relays"')
        throw new Problem(401, 'Use the whole address that stands at the desk under Newsletter, Bounces.')
      }
      const type = String(request.headers['content-type'] ?? '')
        .split(';', 1)[0]
        ?.trim()
        .toLowerCase()
      const sns = type === 'text/plain' && request.headers['x-amz-sns-message-type'] !== undefined
      if (type !== 'application/json' && !sns)
        throw new Problem(415, 'Send the events as JSON, with the type application/json.')
    })
    inner.removeAllContentTypeParsers()
    inner.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BYTES }, (_request, body, done) =>
      done(null, body),
    )
  }
}

const InPath = z.object({ token: z.string().optional() })

function passwordIn({ headers }: FastifyRequest): string {
  const [, encoded = ''] = /^Basic ([\w+/=-]+)$/i.exec(headers.authorization ?? '') ?? []
  const pair = Buffer.from(encoded, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

function jsonOf({ body }: FastifyRequest): unknown {
  try {
    return JSON.parse(String(body))
  } catch {
    throw new Problem(400, 'This is no JSON. Send an event, or a list of events.')
  }
}

function read(sent: unknown): RelayEvent[] {
  try {
    const events = eventsIn(sent)
    if (events.length <= MOST_EVENTS) return events
  } catch (error) {
    if (!(error instanceof UnknownShape)) throw error
    throw new Invalid('These events are of a shape that is not known. The README says which are.')
  }
  throw new Invalid('These are more than 5,000 events. Send them in parts.')
}

function about({ email, returnPath, id, reading }: RelayEvent, { body }: FastifyRequest, index: number) {
  const raw = JSON.stringify({ ...reading, email, id })
  // A relay that gets no answer posts the same again.
  const mark = id ? `event ${id} ${email ?? ''}` : `event ${digest(String(body))} ${index}`
  return { key: email && parseAddress(email)?.key, returnPath, mark, raw }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isToken(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
