import type { IncomingMessage } from 'node:http'
import { parseQuery } from './page-address.js'

/** A form that came whole, before anybody looked at it. */
export interface PlainForm {
  fields: Partial<Record<string, string | string[]>>
  /** the address that it came from, as a request's `ip` */
  client(): string
}

/**
 * Looks at a form before any routing.
 * @returns what takes it, where all of it is right and its answer is the route's page for everybody; when that fails nothing was
 *   taken. It tells the version of the content as of the transaction that took the form: no older page may answer. Undefined for
 *   all else: it is the route's
 */
export type TakeAtDoor = (form: PlainForm) => (() => Promise<number>) | undefined

declare module 'fastify' {
  interface FastifyRequest {
    /** a form that was taken before any routing, of which only the answer is missing */
    takenAtDoor: boolean
  }
  interface FastifyContextConfig {
    /** for a form whose answer is `kept` and that most people fill in rightly */
    takeAtDoor?: TakeAtDoor
  }
}

/** The fields of a form in a request of the plainest kind, if all of it is here; it stays there for whoever reads it next. */
export function plainFields(request: IncomingMessage): PlainForm['fields'] | undefined {
  const { headers, complete, readableLength } = request
  const isPlain = headers['content-type'] === 'application/x-www-form-urlencoded'
  if (!isPlain || !complete || !readableLength) return undefined
  const body = request.read() as Buffer
  request.unshift(body)
  return parseQuery(body.toString())
}
