import { createHash, timingSafeEqual } from 'node:crypto'

/** Where a request comes from, and what it shows for itself. */
export interface Asker {
  /** of the connection, not what a proxy says */
  address: string | undefined
  headers: Record<string, string | string[] | undefined>
}

export interface AccessOptions {
  /** from the environment; unset: nobody comes from elsewhere */
  token: string | undefined
  /** whether a proxy stands in front: then everybody comes from the proxy's address */
  behindProxy: boolean
}

const loopbackAddress = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/
const forwarded = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-real-ip',
  'forwarded',
  'via',
]

/**
 * Who may read what is measured: whoever has the token, and who asks on the machine itself. A proxy asks on the machine for
 * others, and a page in a browser there may ask by another name (DNS rebinding); neither is taken for its operator.
 */
export function mayRead({ address = '', headers }: Asker, { token, behindProxy }: AccessOptions): boolean {
  const [, shown] = /^Bearer +(\S+)$/i.exec(String(headers.authorization ?? '')) ?? []
  if (token !== undefined && shown !== undefined && isSame(shown, token)) return true
  if (behindProxy || forwarded.some(name => headers[name] !== undefined)) return false
  return loopbackAddress.test(address) && loopbackHost.test(String(headers.host ?? ''))
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
