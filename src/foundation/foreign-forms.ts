import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Forbidden } from './errors.js'

export interface ForeignFormsOptions {
  /** the origin from which forms may come */
  siteUrl: string
  /** the same site's address on the Tor network */
  onionUrl?: string | undefined
  /** pages that send no referrer make browsers hide their origin as well, so `null` says nothing here */
  hiddenOrigin?: boolean
}

/**
 * Refuses what another site makes a browser send (cross-site request forgery). Browsers say where a request comes from
 * (Fetch Metadata; Origin, RFC 6454); what says nothing is no browser and has no cookie to abuse.
 */
export function refuseForeignForms(scope: FastifyInstance, options: ForeignFormsOptions): void {
  scope.addHook('onRequest', async request => {
    if (request.method === 'GET' || request.method === 'HEAD' || isOurs(request, options)) return
    throw new Forbidden('This form was sent from another site. Open the page here and send it again.')
  })
}

function isOurs(
  { headers }: FastifyRequest,
  { siteUrl, onionUrl, hiddenOrigin }: ForeignFormsOptions,
): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site === undefined && (origin === undefined || (hiddenOrigin && origin === 'null'))) return true
  const ours = origin !== undefined && [siteUrl, onionUrl].includes(origin)
  return site === 'same-origin' || site === 'none' || ours
}
