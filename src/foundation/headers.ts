import type { FastifyInstance } from 'fastify'
import { pageAddress } from './page-address.js'

declare module 'fastify' {
  interface FastifyReply {
    /**
     * The desk's policy: scripts and styles of our own files, requests to ourselves, our own pages in frames.
     * @param nonce lets style blocks that carry it through; the editor makes some as it is used
     */
    deskPolicy(nonce: string): FastifyReply
    /** Lets our own desk show this page in a frame. */
    framedByDesk(): FastifyReply
    /** Lets one more inline style through, by its hash (`sha256-…`). */
    allowStyle(hash: string): FastifyReply
    /** Lets this script run and no other, wherever it stands, by its hash (`sha256-…`). */
    runsOnly(hash: string): FastifyReply
  }
}

export interface HeaderOptions {
  https: boolean
  /** how far browsers are told to come by https only */
  hsts: 'host' | 'subdomains' | 'preload'
  /** sent as `Onion-Location` so that Tor Browser offers the onion address */
  onionUrl: string | undefined
  /** CSP hashes (`sha256-…`) of the inline styles and scripts that our templates hold */
  styleHashes: string[]
  scriptHashes: string[]
}

// Two years (RFC 6797; the browsers' list wants one at least).
const transportSecurity = {
  host: 'max-age=63072000',
  subdomains: 'max-age=63072000; includeSubDomains',
  preload: 'max-age=63072000; includeSubDomains; preload',
}

/** The policy of transport, which belongs on every answer over https, also on one to what is no request. */
export function transportPolicy({
  https,
  hsts,
}: Pick<HeaderOptions, 'https' | 'hsts'>): Record<string, string> {
  return https ? { 'strict-transport-security': transportSecurity[hsts] } : {}
}

/**
 * Security headers on every answer. The policy starts from nothing (`default-src 'none'`) and names the
 * hash of each inline block, so an injected script or style does not run (CSP Level 3).
 */
export function registerHeaders(app: FastifyInstance, options: HeaderOptions): void {
  const headers: Record<string, string> = {
    'content-security-policy': contentSecurityPolicy(options),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()',
    ...transportPolicy(options),
  }
  // Other sites get no hold of a window in which somebody works, writes a tip or sees what is theirs.
  const guarded = { ...headers, 'cross-origin-opener-policy': 'same-origin' }

  app.decorateReply('deskPolicy', function (nonce) {
    return this.header('content-security-policy', deskPolicy(options, nonce))
  })
  app.decorateReply('framedByDesk', function () {
    const policy = contentSecurityPolicy({ ...options, frameAncestors: "'self'" })
    return this.header('content-security-policy', policy).header('x-frame-options', 'SAMEORIGIN')
  })

  app.decorateReply('allowStyle', function (hash) {
    const policy = String(this.getHeader('content-security-policy'))
    return this.header('content-security-policy', policy.replace(/style-src [^;]*/, `$& '${hash}'`))
  })

  // An external script runs by its hash where its element's integrity is that hash (CSP Level 3, section 8.4).
  app.decorateReply('runsOnly', function (hash) {
    const policy = String(this.getHeader('content-security-policy'))
    return this.header('content-security-policy', policy.replace(/script-src [^;]*/, `script-src '${hash}'`))
  })

  app.addHook('onRequest', (request, reply, done) => {
    // Pages that are kept are the same for all who ask for them, whatever else stands in their addresses.
    const { kept } = request.routeOptions.config
    // For a guarded window browsers start another process once the headers are there, and the reader waits. A form that is not taken
    // is shown again with what was typed, so its answer is guarded, whichever it is.
    reply.headers(kept && request.method !== 'POST' ? headers : guarded)
    if (options.https && options.onionUrl) {
      const address = kept && pageAddress(request.url, request.query as Record<string, unknown>, kept)
      reply.header('onion-location', options.onionUrl + (address ?? request.url))
    }
    done()
  })
}

function contentSecurityPolicy({
  https,
  styleHashes,
  scriptHashes,
  frameAncestors = "'none'",
}: HeaderOptions & { frameAncestors?: string }): string {
  const hashes = (list: string[]) => list.map(hash => `'${hash}'`).join(' ') || "'none'"
  return policy(https, [
    "default-src 'none'",
    `script-src ${hashes(scriptHashes)}`,
    `style-src ${hashes(styleHashes)}`,
    // Who examines a page from within it, as Lighthouse does, reads robots.txt so; of scripts there are but our own.
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors}`,
    "base-uri 'none'",
  ])
}

function deskPolicy({ https }: HeaderOptions, nonce: string): string {
  return policy(https, [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob:",
    "connect-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
}

function policy(https: boolean, directives: string[]): string {
  return [...directives, ...(https ? ['upgrade-insecure-requests'] : [])].join('; ')
}
