import { statSync } from 'node:fs'
import type { DkimKeySettings } from '../config.js'
import { dkimRecord, publishes, zoneText } from './dkim-record.js'
import { exchangesOf, type Resolve, textsAt } from './dns.js'

/** One thing that receivers look at before they believe a sender. */
export interface Finding {
  check: 'domain' | 'spf' | 'dkim' | 'dmarc' | 'mx' | 'alignment' | 'key-file'
  ok: boolean
  /** what is so, or what is missing and what to do */
  text: string
  /** what to publish */
  record?: { name: string; type: 'TXT' | 'MX'; value: string }
}

export interface Sender {
  mailFrom: string
  keys: readonly DkimKeySettings[]
  /** hosts of the relays */
  relays: readonly string[]
  resolve: Resolve
}

/** Asks the DNS what receivers will ask it about our mail. */
export async function checkSender(sender: Sender): Promise<Finding[]> {
  const domain = sender.mailFrom.slice(sender.mailFrom.lastIndexOf('@') + 1)
  if (!/\.[a-z][a-z0-9-]+$/i.test(domain))
    return [
      missing(
        'domain',
        `Mail comes from ${sender.mailFrom}, which no receiver believes. Set MAIL_FROM to an address of your domain.`,
      ),
    ]
  const checks: [Finding['check'], Promise<Finding>][] = [
    ['spf', spf(domain, sender)],
    ...sender.keys.map((key): [Finding['check'], Promise<Finding>] => [
      'dkim',
      dkim(domain, key, sender.resolve),
    ]),
    ['dmarc', dmarc(domain, sender)],
    ['mx', mx(domain, sender)],
  ]
  const asked = await Promise.all(
    checks.map(([check, finding]) => finding.catch(cause => unanswered(check, cause))),
  )
  const unsigned = missing(
    'dkim',
    'No key signs mail. Make a pair with `handpress mail keygen`, publish what it prints, and set DKIM_SELECTOR and DKIM_KEY_FILE.',
  )
  return [
    ...asked,
    ...(sender.keys.length ? [] : [unsigned]),
    aligned(domain, sender.keys),
    ...open(sender.keys),
    ...short(sender.keys),
  ]
}

async function spf(domain: string, { resolve, relays }: Sender): Promise<Finding> {
  const records = (await textsAt(resolve, domain)).filter(text => /^v=spf1(\s|$)/i.test(text))
  if (records.length > 1)
    return missing(
      'spf',
      `${domain} has ${records.length} SPF records, which counts as none (RFC 7208, 4.5). Make one of them.`,
    )
  const [record] = records
  if (record) return fine('spf', `${domain} has an SPF record: ${record}. It must cover your relay.`)
  const value = ['v=spf1', ...(relays.length ? relays.map(host => `a:${host}`) : ['mx']), '-all'].join(' ')
  return missing(
    'spf',
    `${domain} has no SPF record. Publish one; when a company relays your mail, it tells you an include: to put in place of the a: parts.`,
    { name: domain, type: 'TXT', value },
  )
}

async function dkim(domain: string, { selector, key }: DkimKeySettings, resolve: Resolve): Promise<Finding> {
  const name = `${selector}._domainkey.${domain}`
  const records = await textsAt(resolve, name)
  if (records.length === 1 && publishes(records[0] as string, key))
    return fine('dkim', `${name} publishes the ${key.asymmetricKeyType} key that signs.`)
  const said =
    records.length === 0
      ? `${name} is not published.`
      : records.length > 1
        ? `${name} has ${records.length} records; only one may stand there.`
        : `${name} publishes another key than the one that signs.`
  return missing('dkim', said, { name, type: 'TXT', value: dkimRecord(key) })
}

async function dmarc(domain: string, { resolve, mailFrom }: Sender): Promise<Finding> {
  const labels = domain.split('.')
  // A domain without a record of its own has that of the domain above it.
  for (let from = 0; from < labels.length - 1; from += 1) {
    const name = `_dmarc.${labels.slice(from).join('.')}`
    const record = (await textsAt(resolve, name)).find(text => /^v=DMARC1(\s|;|$)/i.test(text))
    if (record) return fine('dmarc', `${name} has a DMARC record: ${record}.`)
  }
  return missing('dmarc', `${domain} has no DMARC record, which large providers demand of newsletters.`, {
    name: `_dmarc.${domain}`,
    type: 'TXT',
    value: `v=DMARC1; p=none; rua=mailto:${mailFrom}`,
  })
}

async function mx(domain: string, { resolve }: Sender): Promise<Finding> {
  const exchanges = await exchangesOf(resolve, domain)
  if (exchanges.length)
    return fine('mx', `${domain} takes mail at ${exchanges.join(', ')}: bounces can come back.`)
  return missing(
    'mx',
    `${domain} names no server that takes mail, so bounces are lost and some receivers refuse.`,
    {
      ...{ name: domain, type: 'MX' },
      value: `10 mail.${domain}.`,
    },
  )
}

function aligned(domain: string, keys: readonly DkimKeySettings[]): Finding {
  const signed = keys.length ? ', the signatures' : ''
  return fine('alignment', `From${signed} and the return path are all of ${domain}, as DMARC demands.`)
}

function open(keys: readonly DkimKeySettings[]): Finding[] {
  const readable = keys.filter(({ file }) => (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o004)
  return readable.map(({ file }) =>
    missing(
      'key-file',
      `${file} can be read by everybody on this machine. Whoever has it signs as you: chmod 600.`,
    ),
  )
}

// NIST SP 800-57, table 2: less has fewer than 128 bits of strength.
const STRONG_RSA = 3072

function short(keys: readonly DkimKeySettings[]): Finding[] {
  return keys.flatMap(({ file, key }) => {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? STRONG_RSA
    if (bits >= STRONG_RSA) return []
    const text = `${file} holds an RSA key of ${bits} bits, which is short. Make another with \`handpress mail keygen\`, publish it, and set it in its place.`
    return [missing('key-file', text)]
  })
}

function unanswered(check: Finding['check'], cause: NodeJS.ErrnoException): Finding {
  return missing(check, `The DNS gave no answer (${cause.code ?? cause.message}). Try again later.`)
}

function fine(check: Finding['check'], text: string): Finding {
  return { check, ok: true, text }
}

function missing(check: Finding['check'], text: string, record?: Finding['record']): Finding {
  return { check, ok: false, text, ...(record ? { record } : {}) }
}

/** A finding as lines for a terminal. */
export function findingLines({ check, ok, text, record }: Finding): string[] {
  const first = `${ok ? 'ok     ' : 'MISSING'} ${check.toUpperCase()}: ${text}`
  if (!record) return [first]
  const value = record.type === 'TXT' ? zoneText(record.value) : record.value
  return [first, `        publish: ${record.name}. ${record.type} ${value}`]
}
