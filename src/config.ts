import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { readDkimKeys, readRelays } from './config.mail.js'
import { isAgeRecipient } from './foundation/age.js'
import { isLoopback } from './foundation/loopback.js'
import { credentialFile } from './foundation/secret.js'

export type { DkimKeySettings, RelaySettings } from './config.mail.js'

/** The program's own folder: migrations, views and the sample edition stand in it. */
export const programFolder = path.resolve(import.meta.dirname, '..')

/** The environment holds values that Handpress cannot work with; one readable line for each. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  constructor(readonly problems: string[]) {
    super(problems.join('\n'))
  }
}

const text = z.string().trim()
const origin = text
  .refine(isOrigin, 'must be an origin such as https://news.example.org, without a path')
  .transform(value => new URL(value).origin)
const list = text.transform(value =>
  value
    .split(',')
    .map(part => part.trim())
    .filter(Boolean),
)

const Environment = z
  .object({
    HOST: text.min(1, 'must name an address to listen on').default('127.0.0.1'),
    PORT: text
      .regex(/^\d+$/, 'must be a number between 0 and 65535')
      .default('3000')
      .transform(Number)
      .refine(port => port <= 65_535, 'must be a number between 0 and 65535'),
    SITE_URL: origin.optional(),
    ONION_URL: origin
      .refine(value => new URL(value).hostname.endsWith('.onion'), 'must be an .onion address')
      .optional(),
    HSTS: z
      .enum(['host', 'subdomains', 'preload'], { error: 'must be host, subdomains or preload' })
      .default('subdomains'),
    DATA_DIR: text.min(1, 'must name a folder').default('./data'),
    DATABASE_URL: text
      .refine(
        value => value.startsWith('sqlite:'),
        'must start with sqlite: (PostgreSQL is not supported yet)',
      )
      .optional(),
    SMTP_URL: text
      .transform((value, context) => {
        const relays = readRelays(value)
        if (!('problem' in relays)) return relays
        context.addIssue({ code: 'custom', message: relays.problem })
        return z.NEVER
      })
      .default([]),
    MAIL_FROM: text
      .regex(/^([^\s@<>"]+@)?[^\s@<>"]+$/, 'must be a domain or an address such as news@example.org')
      .optional(),
    DKIM_SELECTOR: list
      .refine(
        selectors => selectors.every(isDomainName),
        'must be one or more names such as press2026, separated by commas',
      )
      .default([]),
    DKIM_KEY_FILE: list.default([]),
    BOUNCE_LISTEN: text
      .regex(
        /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/,
        'must be an address and a port such as 127.0.0.1:2525',
      )
      .transform(hostAndPort)
      .refine(({ port }) => port <= 65_535, 'must have a port between 0 and 65535')
      .optional(),
    TIPS_RECIPIENTS: list
      .refine(keys => keys.every(isAgeRecipient), 'must be age public keys (age1…), separated by commas')
      .default([]),
    TRUST_PROXY: text
      .min(1, 'must be off, on, a number of proxies, or their addresses')
      .default('off')
      .transform(trustedProxies),
    WORKERS: text
      .regex(/^([1-9]|[1-5]\d|6[0-4])$/, 'must be a number between 1 and 64: processes that share the port')
      .default('1')
      .transform(Number),
    METRICS_TOKEN: text
      .regex(/^[\x21-\x7e]{16,}$/, 'must be 16 or more characters without spaces')
      .optional(),
    CREDENTIALS_DIRECTORY: text.optional(),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be fatal, error, warn, info, debug, trace or silent',
      })
      .default('info'),
    RATE_LIMITS: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  })
  .transform((env, context) => {
    const credentials = env.CREDENTIALS_DIRECTORY
    const keyFiles = env.DKIM_KEY_FILE.map(file => credentialFile({ credentials }, file) ?? file)
    const dkim = readDkimKeys(env.DKIM_SELECTOR, keyFiles)
    if ('problem' in dkim) {
      context.addIssue({ code: 'custom', path: [dkim.variable], message: dkim.problem })
      return z.NEVER
    }
    const siteUrl = env.SITE_URL ?? `http://localhost:${env.PORT}`
    const { hostname, protocol } = new URL(siteUrl)
    return {
      host: env.HOST,
      port: env.PORT,
      siteUrl,
      https: protocol === 'https:',
      hsts: env.HSTS,
      onionUrl: env.ONION_URL,
      dataDir: path.resolve(env.DATA_DIR),
      credentials,
      databaseFile: path.resolve(
        env.DATABASE_URL?.slice('sqlite:'.length) || path.join(env.DATA_DIR, 'site.db'),
      ),
      relays: env.SMTP_URL,
      dkim,
      mailFrom: mailAddress(env.MAIL_FROM ?? hostname),
      bounceListen: env.BOUNCE_LISTEN,
      tipsRecipients: env.TIPS_RECIPIENTS,
      trustProxy: env.TRUST_PROXY,
      workers: env.WORKERS,
      metricsToken: env.METRICS_TOKEN,
      logLevel: env.LOG_LEVEL,
      limits: env.RATE_LIMITS === 'on',
      version: programVersion(),
    }
  })
  .refine(config => config.limits || isLoopback(new URL(config.siteUrl).hostname), {
    path: ['RATE_LIMITS'],
    message: 'may be off only while SITE_URL is a loopback address',
  })

const Handed = z.object({ time: z.number(), awake: z.number(), doubted: z.number() })

/** How a first process hands the time to its workers; nobody else sets it. */
export const handedTime = {
  /** what is added to a worker's environment */
  of: (handed: z.infer<typeof Handed>) => ({ HANDPRESS_TIME: JSON.stringify(handed) }),
  /** what a worker was handed; undefined in a first process */
  read(): z.infer<typeof Handed> | undefined {
    const text = process.env.HANDPRESS_TIME
    return text ? Handed.parse(JSON.parse(text)) : undefined
  },
}

/** Everything the environment decides, checked and frozen. `mailFrom` is an address; paths are absolute. */
export type Config = Readonly<z.infer<typeof Environment>>

/**
 * Reads the configuration. Empty values count as absent, as `VAR= npm start` means them. What holds a secret is taken from
 * systemd's credentials first.
 * @throws ConfigError naming every problem at once
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = { ...environment, ...secretsIn(environment.CREDENTIALS_DIRECTORY) }
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value?.trim()))
  const result = Environment.safeParse(present)
  if (result.success) return Object.freeze(result.data)
  throw new ConfigError(
    result.error.issues.map(
      issue => `${issue.path.join('.')}: ${issue.message} (it is ${shown(present, issue.path)})`,
    ),
  )
}

/** Settings that are secrets: taken from systemd's credentials before the environment, and never repeated. */
const secretVariables = ['SMTP_URL', 'METRICS_TOKEN']

function secretsIn(credentials: string | undefined): Record<string, string> {
  const files = secretVariables.map(name => [name, credentialFile({ credentials }, name)] as const)
  return Object.fromEntries(
    files.flatMap(([name, file]) => (file ? [[name, readFileSync(file, 'utf8')]] : [])),
  )
}

const tipLineVariables = [
  ...['HOST', 'PORT', 'SITE_URL', 'ONION_URL', 'DATA_DIR', 'TIPS_RECIPIENTS'],
  ...['TRUST_PROXY', 'LOG_LEVEL', 'RATE_LIMITS'],
]

/**
 * What the source's door needs to know as a process of its own. Passwords of relays and files of keys, which the same
 * environment may name for the rest, are not even looked at.
 * @throws ConfigError naming every problem at once
 */
export function readTipLineConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return readConfig(Object.fromEntries(tipLineVariables.map(name => [name, environment[name]])))
}

// A relay's address holds a password and a token is one.
function shown(environment: Record<string, string | undefined>, at: PropertyKey[]): string {
  const name = String(at[0])
  return secretVariables.includes(name) ? 'set, but not shown here' : JSON.stringify(environment[name])
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username
}

function isDomainName(value: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value)
}

function trustedProxies(value: string): boolean | string | ((address: string, hop: number) => boolean) {
  if (value === 'off') return false
  if (value === 'on') return true
  return /^\d+$/.test(value) ? (_address, hop) => hop < Number(value) : value
}

function hostAndPort(value: string): { host: string; port: number } {
  const at = value.lastIndexOf(':')
  return { host: value.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(value.slice(at + 1)) }
}

function mailAddress(value: string): string {
  return value.includes('@') ? value : `newsletter@${value.replace(/^\[|\]$/g, '')}`
}

function programVersion(): string {
  const manifest = readFileSync(path.join(programFolder, 'package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version
}
