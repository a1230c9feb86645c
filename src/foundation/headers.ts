import type { FastifyInstance } from 'fastify'

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
  }
}

export interface HeaderOptions {
  https: boolean
  /** sent as `Onion-Location` so that Tor Browser offers the onion address */
  onionUrl: string | undefined
  /** CSP hashes (`sha256-…`) of the inline styles and scripts that our templates hold */
  styleHashes: string[]
  scriptHashes: string[]
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
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()',
  }
  if (options.https) headers['strict-transport-security'] = 'max-age=63072000'

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

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (options.https && options.onionUrl) reply.header('onion-location', options.onionUrl + request.url)
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
