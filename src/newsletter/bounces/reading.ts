import { readDeliveryStatus } from './delivery-status.js'
import { isFromDaemon, readFreeForm } from './free-form.js'
import { fieldGroups, type OpenedMail } from './opened.js'
import type { Reading } from './schema.js'
import { away, challenging } from './words.js'

// RFC 5965, 7.3, and RFC 6591. A reader pressed a button for these; the others tell of machines, or that all was well.
const complaints = new Set(['abuse', 'fraud', 'opt-out', 'opt-out-list'])

/** Says what a message is that came to a return path. */
export function readMail(mail: OpenedMail | undefined): Reading {
  if (!mail)
    return { kind: 'other', nature: 'unreadable', code: '', reason: 'This is no mail that can be read.' }
  const reading = read(mail)
  return { ...reading, code: reading.code.slice(0, 20), reason: tidy(reading.reason) }
}

function read(mail: OpenedMail): Reading {
  const daemon = isFromDaemon(mail)
  // In a mail that a person writes, a report is something that they forward.
  if (mail.type === 'multipart/report' || daemon || /^message\/(global-)?delivery-status$/.test(mail.type)) {
    if (mail.feedback !== undefined) return readFeedback(mail.feedback)
    if (mail.disposition !== undefined) return readReceipt(mail)
    const status = mail.deliveryStatus && readDeliveryStatus(mail.deliveryStatus)
    if (status) return { ...status, reason: status.reason || mail.subject }
  }
  if (isAnsweredByItself(mail)) {
    if (!daemon) return answer(mail)
    // Exim and others mark their bounces as automatic replies (RFC 3834); what they say then decides.
    return readFreeForm(mail)
  }
  if (isChallenge(mail)) return { kind: 'other', nature: 'challenge', code: '', reason: mail.subject }
  if (daemon) return readFreeForm(mail)
  return { kind: 'other', nature: 'message', code: '', reason: mail.subject }
}

function answer(mail: OpenedMail): Reading {
  const nature = isChallenge(mail) ? 'challenge' : 'auto-reply'
  return { kind: 'other', nature, code: '', reason: mail.subject }
}

function readFeedback(report: string): Reading {
  const fields = new Map(fieldGroups(report).flatMap(group => [...group]))
  const type = fields.get('feedback-type')?.toLowerCase() ?? ''
  const isComplaint = complaints.has(type)
  return {
    kind: isComplaint ? 'complaint' : 'other',
    nature: isComplaint ? 'complaint' : 'feedback',
    code: '',
    reason: `Feedback: ${type || 'of no type'}`,
    recipient: fields.get('original-rcpt-to')?.replace(/^<|>$/g, '').slice(0, 320),
  }
}

function readReceipt({ disposition = '', subject }: OpenedMail): Reading {
  const fields = new Map(fieldGroups(disposition).flatMap(group => [...group]))
  return { kind: 'other', nature: 'receipt', code: '', reason: fields.get('disposition') ?? subject }
}

function isAnsweredByItself({ fields, subject }: OpenedMail): boolean {
  const submitted = fields.get('auto-submitted')?.[0]?.toLowerCase() ?? 'no'
  return (
    !submitted.startsWith('no') ||
    ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-mail-autoreply', 'x-auto-response'].some(name =>
      fields.has(name),
    ) ||
    /^(auto_?reply|bulk|junk|list)/i.test(fields.get('precedence')?.[0] ?? '') ||
    away.test(subject)
  )
}

function isChallenge({ fields, subject, text }: OpenedMail): boolean {
  return (
    challenging.test(subject) ||
    fields.has('x-challenge') ||
    /\b(spamarrest|boxbe|tmda)\b/i.test(text.slice(0, 2_000))
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const unprintable = /[\u0000-\u001f\u007f-\u009f]+/g

function tidy(text: string): string {
  return text.replace(unprintable, ' ').replace(/\s+/g, ' ').trim().slice(0, 500).toWellFormed()
}
