import type { FastifyInstance } from 'fastify'

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

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    if (options.https && options.onionUrl) reply.header('onion-location', options.onionUrl + request.url)
  })
}

function contentSecurityPolicy({ https, styleHashes, scriptHashes }: HeaderOptions): string {
  const hashes = (list: string[]) => list.map(hash => `'${hash}'`).join(' ') || "'none'"
  const directives = [
    "default-src 'none'",
    `script-src ${hashes(scriptHashes)}`,
    `style-src ${hashes(styleHashes)}`,
    "img-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  if (https) directives.push('upgrade-insecure-requests')
  return directives.join('; ')
}
