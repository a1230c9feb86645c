/** Where a mail was when it failed. */
export type Stage = 'connect' | 'sign-in' | 'sender' | 'recipient' | 'message' | 'end'

/** A mail that a relay did not take, as it looked from here. */
export interface Failure {
  stage: Stage
  /** the relay's answer; undefined when it gave none: the connection was lost or stood still */
  code?: number
  /** the relay's own words */
  reason: string
  /** whether the last bytes of the mail were given to the connection */
  handed: boolean
}

export type Verdict =
  | { kind: 'unknown' }
  /** `of`: the relay would have said so to whatever recipient, or this recipient is the cause */
  | { kind: 'later'; of: 'recipient' | 'relay' }
  | { kind: 'refused'; of: 'recipient' | 'relay' | 'mail' }

const relayLater: Verdict = { kind: 'later', of: 'relay' }
const recipientLater: Verdict = { kind: 'later', of: 'recipient' }
const relayRefuses: Verdict = { kind: 'refused', of: 'relay' }
const mailRefused: Verdict = { kind: 'refused', of: 'mail' }
const recipientRefused: Verdict = { kind: 'refused', of: 'recipient' }

/**
 * What an answer means (RFC 5321, 4.2; RFC 3463).
 *
 * | answer | means |
 * |---|---|
 * | none, before the mail's end was given | nobody has it: later, of the relay |
 * | none, after that | unknown |
 * | 5.3.4, or 552 that speaks of size | the mail is too big: refused, of the mail, at any stage |
 * | any other before RCPT: greeting, EHLO, AUTH, MAIL FROM | later, of the relay: no recipient was named yet |
 * | 421, 454, 455 | later, of the relay |
 * | 4xx with x.1 or x.2 (address, mailbox), or that speaks of greylisting | later, of the recipient |
 * | 4xx with x.3, x.5, x.7 (system, protocol, policy) | later, of the relay |
 * | 450 and 452 without such a code | later, of the recipient (mailbox busy, full) |
 * | 451 and other 4xx without such a code | later, of the relay (local error, rate) |
 * | 5xx with x.1, x.2, x.4 (address, mailbox, route) | refused, of the recipient |
 * | 5xx with x.6 (content) | refused, of the mail |
 * | 5xx with x.3, x.7 (system, policy), 530, 534, 535, 538 (sign in first), 503 | refused, of the relay |
 * | 5xx without such a code that speaks of a block, a ban, spam, a rate or relaying | refused, of the relay |
 * | other 5xx | refused, of the recipient |
 */
export function verdict({ stage, code, reason, handed }: Failure): Verdict {
  if (code === undefined) return handed ? { kind: 'unknown' } : relayLater
  if (tooBig(code, reason)) return mailRefused
  if (stage === 'connect' || stage === 'sign-in' || stage === 'sender') return relayLater
  const [, subject, detail] = /\b[45]\.(\d{1,3})\.(\d{1,3})\b/.exec(reason) ?? []
  return code < 500
    ? judgeDelay(code, reason, subject)
    : judgeRefusal(code, reason, subject && `${subject}.${detail}`)
}

// RFC 1870: said at MAIL FROM already.
function tooBig(code: number, reason: string): boolean {
  return (
    code >= 500 && (/\b5\.3\.4\b/.test(reason) || (code === 552 && /\bsize\b|too (big|large)/i.test(reason)))
  )
}

function judgeDelay(code: number, reason: string, subject?: string): Verdict {
  if (code === 421 || code === 454 || code === 455) return relayLater
  if (/gr[ea]y-?list/i.test(reason) || subject === '1' || subject === '2') return recipientLater
  if (subject === '3' || subject === '5' || subject === '7') return relayLater
  return code === 450 || code === 452 ? recipientLater : relayLater
}

const signInFirst = [503, 530, 534, 535, 538]
const policy =
  /\b(banned|block(ed|list\w*)?|black-?list\w*|spam\w*|spf|dkim|dmarc|reputation|rate|quota exceeded for|too many|relay(ing)?\b.{0,20}(denied|prohibited|not permitted)|unauthenticated|authentication)\b/i

function judgeRefusal(code: number, reason: string, detail?: string): Verdict {
  if (signInFirst.includes(code)) return relayRefuses
  const [subject] = detail?.split('.') ?? []
  if (subject === '3' || subject === '7') return relayRefuses
  if (subject === '6') return mailRefused
  if (subject && subject !== '0') return recipientRefused
  return policy.test(reason) ? relayRefuses : recipientRefused
}
