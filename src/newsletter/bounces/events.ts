import { z } from 'zod'
import type { Nature, Reading } from './schema.js'
import { verdictOf } from './verdict.js'

/** What a relay tells of one mail. */
export interface RelayEvent {
  reading: Reading
  /** whom it is about */
  email?: string | undefined
  /** the return path of the mail, where the relay repeats it */
  returnPath?: string | undefined
  /** by which the relay tells its events apart */
  id?: string | undefined
}

const text = z.coerce.string().catch('').default('')
const Fields = z.record(z.string(), z.unknown())
type Fields = z.infer<typeof Fields>

/** An event names nobody, or is of no shape that is known. */
export class UnknownShape extends Error {
  override name = 'UnknownShape'
}

/**
 * Reads what relays post: the shape of our own, and those of SendGrid, Postmark, Mailgun and Amazon SES (with or without SNS).
 * Events that are no bounce and no complaint, as opened, delivered or clicked, are left out.
 * @throws UnknownShape
 */
export function eventsIn(body: unknown): RelayEvent[] {
  const list = Array.isArray(body) ? body : [body]
  return list.flatMap(one => {
    const fields = Fields.safeParse(one)
    if (!fields.success) throw new UnknownShape()
    return eventsOf(fields.data)
  })
}

function eventsOf(fields: Fields): RelayEvent[] {
  if (Array.isArray(fields.events)) return eventsIn(fields.events)
  if ('event-data' in fields) return mailgun(of(fields['event-data']))
  if ('RecordType' in fields) return postmark(fields)
  if ('Type' in fields && 'Message' in fields) return eventsIn(parsed(text.parse(fields.Message)))
  if ('notificationType' in fields || 'eventType' in fields) return ses(fields)
  if ('event' in fields) return sendgrid(fields)
  if ('type' in fields) return own(fields)
  throw new UnknownShape()
}

/** `{ "type": "bounce" | "hard" | "soft" | "complaint", "email", "code", "reason", "return_path", "id" }` */
function own(fields: Fields): RelayEvent[] {
  const type = text.parse(fields.type).toLowerCase()
  const about = { email: textOf(fields.email), returnPath: textOf(fields.return_path), id: textOf(fields.id) }
  const said = { code: text.parse(fields.code), reason: text.parse(fields.reason) }
  if (type === 'complaint') return [{ ...about, reading: complaint(said.reason) }]
  if (['bounce', 'hard', 'soft'].includes(type))
    return [{ ...about, reading: bounce(said, type === 'bounce' ? undefined : (type as 'hard' | 'soft')) }]
  return []
}

function sendgrid(fields: Fields): RelayEvent[] {
  const about = { email: textOf(fields.email), id: textOf(fields.sg_event_id) }
  const said = { code: text.parse(fields.status), reason: text.parse(fields.reason) }
  switch (fields.event) {
    case 'spamreport':
      return [{ ...about, reading: complaint('spamreport') }]
    case 'bounce':
      return [{ ...about, reading: bounce(said, fields.type === 'blocked' ? 'soft' : 'hard') }]
    case 'dropped':
      return [{ ...about, reading: bounce(said, /^bounced address/i.test(said.reason) ? 'hard' : 'soft') }]
    default:
      return []
  }
}

function postmark(fields: Fields): RelayEvent[] {
  const about = { email: textOf(fields.Email), id: textOf(fields.ID) }
  const said = { code: '', reason: text.parse(fields.Details) || text.parse(fields.Description) }
  if (fields.RecordType === 'SpamComplaint') return [{ ...about, reading: complaint('SpamComplaint') }]
  if (fields.RecordType !== 'Bounce') return []
  const type = text.parse(fields.Type)
  if (type === 'SpamComplaint') return [{ ...about, reading: complaint(type) }]
  if (
    /^(AutoResponder|AddressChange|Subscribe|OpenRelayTest|ChallengeVerification|VirusNotification)$/.test(
      type,
    )
  )
    return [{ ...about, reading: other(type === 'ChallengeVerification' ? 'challenge' : 'auto-reply', type) }]
  return [{ ...about, reading: bounce(said, /^(HardBounce|BadEmailAddress)$/.test(type) ? 'hard' : 'soft') }]
}

function mailgun(fields: Fields): RelayEvent[] {
  const status = of(fields['delivery-status'])
  const envelope = of(fields.envelope)
  const about = {
    email: textOf(fields.recipient),
    returnPath: textOf(envelope.sender),
    id: textOf(fields.id),
  }
  if (fields.event === 'complained') return [{ ...about, reading: complaint('complained') }]
  if (fields.event !== 'failed') return []
  const said = {
    code: text.parse(status['enhanced-code']),
    reason:
      `${text.parse(status.code)} ${text.parse(status.message) || text.parse(status.description)}`.trim(),
  }
  const permanent =
    fields.severity === 'permanent' && /^(bounce|suppress-bounce)$/.test(text.parse(fields.reason))
  return [{ ...about, reading: bounce(said, permanent ? 'hard' : 'soft') }]
}

function ses(fields: Fields): RelayEvent[] {
  const type = textOf(fields.notificationType) ?? textOf(fields.eventType)
  const returnPath = textOf(of(fields.mail).source)
  const complained = of(fields.complaint)
  const bounced = of(fields.bounce)
  if (type === 'Complaint') {
    const kind = text.parse(complained.complaintFeedbackType)
    const reading =
      kind === 'not-spam' || kind === 'virus' ? other('feedback', kind) : complaint(kind || 'complaint')
    return listOf(complained.complainedRecipients).map(one => ({
      ...{ reading, returnPath, email: textOf(one.emailAddress), id: textOf(complained.feedbackId) },
    }))
  }
  if (type !== 'Bounce') return []
  const permanent =
    bounced.bounceType === 'Permanent' &&
    /^(General|NoEmail|Suppressed|OnAccountSuppressionList)$/.test(text.parse(bounced.bounceSubType))
  return listOf(bounced.bouncedRecipients).map(one => ({
    ...{ returnPath, email: textOf(one.emailAddress), id: textOf(bounced.feedbackId) },
    reading: bounce(
      {
        code: text.parse(one.status),
        reason: text.parse(one.diagnosticCode) || text.parse(bounced.bounceSubType),
      },
      permanent ? 'hard' : 'soft',
    ),
  }))
}

// What the relay calls it stands unless the server's own words or its code say that it is soft.
function bounce(said: { code: string; reason: string }, declared: 'hard' | 'soft' | undefined): Reading {
  const { verdict, code } = verdictOf(
    /[245]\.\d{1,3}\.\d{1,3}/.exec(said.code)?.[0] ?? '',
    said.reason.slice(0, 2_000),
  )
  const kind = declared === 'soft' ? 'soft' : (verdict ?? declared ?? 'soft')
  return { kind, nature: 'failed', code, reason: said.reason.slice(0, 500) }
}

function complaint(reason: string): Reading {
  return { kind: 'complaint', nature: 'complaint', code: '', reason: `Feedback: ${reason}`.slice(0, 500) }
}

function other(nature: Nature, reason: string): Reading {
  return { kind: 'other', nature, code: '', reason }
}

function of(value: unknown): Fields {
  return Fields.catch({}).parse(value)
}

function listOf(value: unknown): Fields[] {
  return z.array(Fields).max(1_000).catch([]).parse(value)
}

function textOf(value: unknown): string | undefined {
  return z.coerce
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .catch(undefined)
    .parse(value ?? undefined)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new UnknownShape()
  }
}
