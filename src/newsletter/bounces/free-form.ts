import type { OpenedMail } from './opened.js'
import type { Reading } from './schema.js'
import { plain, verdictOf } from './verdict.js'
import { away, failure, goneForGood, passing, stillTrying } from './words.js'

const daemons =
  /\b(mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|mdaemon|mmdf|mail delivery (sub)?system|system administrator|mail administrator|mail delivery service)\b/i
// Where the mail that came back begins: whatever stands in it says nothing of why.
const returned =
  /^[-=_* ]*(this is a copy of|below this line|(the )?(original|returned|unsent|undelivered|rejected) (message|mail)\b(?! was)|message (header|text|body)|forwarded message|.{0,40}(ursprüngliche nachricht|originalnachricht|message d['’]origine|message original|mensaje original|mensagem original|messaggio originale|исходное (сообщение|письмо)|元のメッセージ|原始邮件|原邮件|원본 메시지))|^(received|return-path|x-originating-ip|dkim-signature): /imu
const LONGEST = 4_000

/** Whether a message comes from a mail server's own mouth. */
export function isFromDaemon({ from, fields }: OpenedMail): boolean {
  return daemons.test(from) || fields.has('x-failed-recipients')
}

/**
 * Reads what mail servers tell in words only: qmail, Exim, old Sendmail and Postfix, Exchange, Yahoo, GMX and others, in many
 * languages. What is not surely a failure is none, and a failure that is not surely for good is soft.
 */
export function readFreeForm(mail: OpenedMail): Reading {
  const region = beforeReturned(mail.text).slice(0, LONGEST)
  const told = `${mail.subject}\n${region}`
  const recipient = mail.fields.get('x-failed-recipients')?.[0] ?? /<([^\s<>]+@[^\s<>]+)>/.exec(region)?.[1]
  const answered = answerIn(region)
  const reason = answered || firstSentence(region) || mail.subject
  const found = { code: '', reason, recipient: recipient?.slice(0, 320) }
  if (stillTrying.test(told)) return { kind: 'other', nature: 'delayed', ...found }
  if (away.test(told) || !failure.test(told)) return { kind: 'other', nature: 'message', ...found }
  const { verdict, code } = verdictOf('', answered || region)
  return { kind: verdict ?? 'soft', nature: 'failed', ...found, code }
}

function beforeReturned(text: string): string {
  const at = returned.exec(text)
  return at ? text.slice(0, at.index) : text
}

// Lines with a server's answer, and those after them that go on with it; otherwise those with words that decide.
function answerIn(region: string): string {
  const lines = region.split('\n').map(line => line.trim())
  const answers = lines.filter(line =>
    /(^|[\s:;<>(#])[45]\d\d([\s-]|$)|(?<![\w.])[45]\.\d{1,3}\.\d{1,3}(?![.\d])/.test(line),
  )
  const telling = lines.filter(line => {
    const said = plain(line)
    return goneForGood.test(said) || passing.test(said)
  })
  return [...new Set([...answers, ...telling])].join(' ').slice(0, 2_000)
}

function firstSentence(region: string): string {
  return region.replace(/\s+/g, ' ').trim().slice(0, 200)
}
