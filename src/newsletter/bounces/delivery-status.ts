import { fieldGroups } from './opened.js'
import type { Nature, Reading } from './schema.js'
import { verdictOf } from './verdict.js'

const actions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const

/**
 * Reads a machine's account of what became of a mail (RFC 3464). Where it names several recipients, as those behind an alias, the
 * mail came back for good only if it did so from all of them.
 * @returns undefined when it names no recipient at all
 */
export function readDeliveryStatus(report: string): Reading | undefined {
  const recipients = fieldGroups(report).filter(
    fields => fields.has('action') || fields.has('status') || fields.has('final-recipient'),
  )
  const readings = recipients.map(ofRecipient)
  const [first] = readings
  if (!first) return undefined
  const failed = readings.filter(({ nature }) => nature === 'failed')
  const soft = failed.find(({ kind }) => kind === 'soft')
  if (soft) return soft
  const [hard] = failed
  if (!hard) return first
  return failed.length === readings.length ? hard : { ...hard, kind: 'soft' }
}

function ofRecipient(fields: Map<string, string>): Reading {
  const diagnostic = fields.get('diagnostic-code')?.replace(/^[\w-]+\s*;\s*/, '') ?? ''
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? ''
  const nature = natureOf(fields.get('action') ?? '', status)
  const { verdict, code } = verdictOf(status, diagnostic.slice(0, 2_000))
  return {
    kind: nature === 'failed' ? (verdict ?? 'soft') : 'other',
    nature,
    code: nature === 'failed' ? code : status,
    reason: diagnostic || fields.get('status') || '',
    recipient: recipientOf(fields),
  }
}

// Some servers translate the word, or leave it out: a failure in doubt is soft, since its verdict needs words or a code.
function natureOf(action: string, status: string): Nature {
  const word = /^[a-z]+/i.exec(action)?.[0].toLowerCase()
  const known = actions.find(one => one === word)
  if (known) return known
  return status.startsWith('5') ? 'failed' : status.startsWith('2') ? 'delivered' : 'delayed'
}

function recipientOf(fields: Map<string, string>): string | undefined {
  const named = fields.get('original-recipient') ?? fields.get('final-recipient')
  return named
    ?.replace(/^[\w-]+\s*;\s*/, '')
    .replace(/^<|>$/g, '')
    .slice(0, 320)
}
