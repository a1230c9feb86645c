import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Forbidden } from '../foundation/errors.js'

/**
 * Refuses what another site makes a signed-in browser send (cross-site request forgery). Browsers say where a
 * request comes from (Fetch Metadata; Origin, RFC 6454); what says nothing is no browser and has no cookie to abuse.
 * @param siteUrl the origin from which forms may come
 */
export function refuseForeignForms(scope: FastifyInstance, siteUrl: string): void {
  scope.addHook('onRequest', async request => {
    if (request.method === 'GET' || request.method === 'HEAD' || isOurs(request, siteUrl)) return
    throw new Forbidden('This form was sent from another site. Open the page here and send it again.')
  })
}

function isOurs({ headers }: FastifyRequest, siteUrl: string): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined && headers.origin === undefined) return true
  return site === 'same-origin' || site === 'none' || headers.origin === siteUrl
}
