import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isLoopback } from './foundation/loopback.js'

/** A relay as `SMTP_URL` describes it. */
export interface RelaySettings {
  /** host and port: what may be shown of it */
  name: string
  host: string
  port: number
  /** TLS from the first byte; otherwise by STARTTLS */
  secure: boolean
  auth?: { user: string; pass: string }
  /** how many connections may be open at once */
  connections: number
  /** how many mails it may be given; no limit when undefined */
  perMinute?: number
  perDay?: number
  /** seconds of silence after which a connection counts as lost */
  timeout: number
  /** seconds of the first rest; each one without a success between is twice as long */
  rest: number
  /** required: nothing is said to a relay that does not encrypt; ignore: STARTTLS is not asked for */
  tls: { ignore: boolean; required: boolean; insecure: boolean }
}

const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine(number => number >= 1 && number <= most)
const flag = z.enum(['0', '1']).transform(value => value === '1')

const parameters = {
  connections: whole(100),
  'per-minute': whole(1_000_000),
  'per-day': whole(100_000_000),
  timeout: whole(3_600),
  rest: whole(3_600),
  'ignore-tls': flag,
  'require-tls': flag,
  insecure: flag,
}
const Parameters = z.strictObject(parameters).partial()

/**
 * Reads one or more relays, separated by commas: `smtp://user:password@host:587?connections=10&per-minute=600&per-day=50000`.
 * @returns the relays, or what is wrong, without repeating a password
 */
export function readRelays(text: string): RelaySettings[] | { problem: string } {
  const urls = text.split(',').flatMap(part => part.trim() || [])
  if (!urls.every(isSmtpUrl))
    return { problem: 'must be one or more smtp:// or smtps:// addresses, separated by commas' }
  const relays: RelaySettings[] = []
  for (const url of urls) {
    const relay = readRelay(new URL(url))
    if ('problem' in relay) return relay
    relays.push(relay)
  }
  const twice = relays.find(({ name }, at) => relays.findIndex(other => other.name === name) < at)
  return twice ? { problem: `names the relay ${twice.name} twice` } : relays
}

function readRelay(url: URL): RelaySettings | { problem: string } {
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || (secure ? 465 : 587)
  const name = `${url.hostname}:${port}`
  const given = Parameters.safeParse(Object.fromEntries(url.searchParams))
  if (!given.success) return { problem: `${parameterProblem(given.error)} for the relay ${name}` }
  const auth = readAuth(url)
  if (auth === 'unreadable')
    return {
      problem: `has a percent sign in the name or password for ${name} that encodes nothing; write %25`,
    }
  const { connections = 10, timeout = 60, rest = 30 } = given.data
  const ignore = given.data['ignore-tls'] ?? false
  // Whoever sits on the way takes the offer of STARTTLS out, so that going on without it protects nothing (RFC 8314).
  const required = given.data['require-tls'] ?? !(secure || ignore || isLoopback(host))
  return {
    ...{ name, host, port, secure, auth, connections, timeout, rest },
    perMinute: given.data['per-minute'],
    perDay: given.data['per-day'],
    tls: { ignore, required, insecure: given.data.insecure ?? false },
  }
}

function readAuth({ username, password }: URL): RelaySettings['auth'] | 'unreadable' {
  try {
    return username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined
  } catch {
    return 'unreadable'
  }
}

function parameterProblem({ issues: [issue] }: z.ZodError): string {
  if (issue?.code === 'unrecognized_keys')
    return `has the unknown parameter ${issue.keys[0]} (known: ${Object.keys(parameters).join(', ')})`
  const name = String(issue?.path[0])
  return `has a value of ${name} that is not ${/tls|insecure/.test(name) ? '0 or 1' : 'a whole number within reason'}`
}

function isSmtpUrl(value: string): boolean {
  return URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol) && new URL(value).hostname !== ''
}

/** A key that signs mail, by its selector. */
export interface DkimKeySettings {
  selector: string
  key: KeyObject
  file: string
}

/**
 * Reads the keys that sign mail; selectors and files pair up.
 * @returns the keys, or what is wrong with which variable
 */
export function readDkimKeys(
  selectors: string[],
  files: string[],
): DkimKeySettings[] | { variable: 'DKIM_SELECTOR' | 'DKIM_KEY_FILE'; problem: string } {
  if (selectors.length !== files.length)
    return {
      variable: selectors.length < files.length ? 'DKIM_SELECTOR' : 'DKIM_KEY_FILE',
      problem: `must name as many as the other: there are ${selectors.length} in DKIM_SELECTOR and ${files.length} in DKIM_KEY_FILE`,
    }
  if (new Set(selectors).size < selectors.length)
    return { variable: 'DKIM_SELECTOR', problem: 'names a selector twice; each key needs its own' }
  const keys: DkimKeySettings[] = []
  for (const [at, file] of files.entries()) {
    const key = readKey(file)
    if (typeof key === 'string') return { variable: 'DKIM_KEY_FILE', problem: key }
    keys.push({ selector: selectors[at] as string, key, file })
  }
  return keys
}

// RFC 8301, 3.2: what is shorter is not verified.
const WEAKEST_RSA = 1024

function readKey(file: string): KeyObject | string {
  let pem: Buffer
  try {
    pem = readFileSync(file)
  } catch (error) {
    return `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
    if (key.asymmetricKeyType !== 'rsa') return `${file} must hold an RSA or Ed25519 key`
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    return bits < WEAKEST_RSA ? `${file} holds an RSA key of ${bits} bits; take 3072` : key
  } catch {
    return `${file} must hold a private key in PEM form, without a passphrase`
  }
}
