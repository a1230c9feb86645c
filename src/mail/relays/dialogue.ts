import type { Envelope } from '../post.js'
import type { Reply } from './replies.js'
import type { Session } from './session.js'
import type { Failure, Stage } from './verdict.js'

export type Answer = { response: string } | Failure

/** What a relay offered in its answer to EHLO. */
export interface Offer {
  extensions: readonly string[]
  /** the largest mail that it takes, in bytes (RFC 1870); 0: it did not say */
  largest: number
}

/**
 * Gives a relay a mail: sender, recipient, text (RFC 5321, 3.3). One that takes commands in groups (RFC 2920) gets the first two and
 * DATA at once. Never rejects.
 * @param message RFC 5322 with CRLF
 */
export async function give(
  session: Session,
  offer: Offer,
  envelope: Envelope,
  message: Buffer,
): Promise<Answer> {
  const refusal =
    impossible(offer, envelope, message.length) ?? (await offered(session, offer, envelope, message.length))
  if (refusal) return refusal
  const handed = await session.give(message)
  const said = await session.reply()
  if (handed && said && said.code < 300) return { response: said.text }
  if (!said || said.code >= 400) return failure(session, 'end', said, handed)
  return { stage: 'message', reason: said.text, handed }
}

/** Says from whom the mail is and to whom. @returns undefined when the relay waits for its text */
async function offered(
  session: Session,
  { extensions }: Offer,
  { from, to }: Envelope,
  size: number,
): Promise<Failure | undefined> {
  const utf8 = beyondAscii.test(from + to) && extensions.includes('SMTPUTF8') ? ' SMTPUTF8' : ''
  const room = extensions.includes('SIZE') ? ` SIZE=${size}` : ''
  const commands: [Stage, string][] = [
    ['sender', `MAIL FROM:<${from}>${utf8}${room}`],
    ['recipient', `RCPT TO:<${to}>`],
    ['message', 'DATA'],
  ]
  const inGroups = extensions.includes('PIPELINING')
  if (inGroups) session.say(...commands.map(([, command]) => command))
  let refused: Failure | undefined
  let said: Reply | undefined
  for (const [stage, command] of commands) {
    if (!inGroups) session.say(command)
    said = await session.reply()
    if (taken(said, stage)) continue
    refused ??= failure(session, stage, said)
    if (!inGroups) break
  }
  if (refused) await takeBack(session, refused.stage, said)
  return refused
}

function taken(said: Reply | undefined, stage: Stage): boolean {
  // DATA is answered 354, by some relays 250.
  return said !== undefined && said.code < (stage === 'message' ? 400 : 300)
}

// The sender stands until the relay is told to forget it; or the relay waits for a text all the same.
async function takeBack(session: Session, stage: Stage, last: Reply | undefined): Promise<void> {
  if (!last) return
  if (last.code >= 400) {
    session.say('RSET')
    const forgotten = await session.reply()
    if (!forgotten || forgotten.code >= 300) session.end('The relay does not forget a sender.')
  } else if (stage === 'recipient') {
    // RFC 2920, 3.1: a lone dot ends a mail to nobody.
    session.say('.')
    await session.reply()
  } else session.end('The relay takes a text without a sender.')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with control characters
const beyondAscii = /[^\x00-\x7f]/
// What would end a command, or its address.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const beyondBrackets = /[\x00-\x1f\x7f<>]/

/** What the relay need not be asked. */
function impossible(
  { extensions, largest }: Offer,
  { from, to }: Envelope,
  size: number,
): Failure | undefined {
  if (beyondBrackets.test(from))
    return foreseen('sender', 553, '5.1.7 No relay can be told this return path.')
  if (beyondBrackets.test(to)) return foreseen('recipient', 553, '5.1.3 No relay can be told this address.')
  if (beyondAscii.test(to) && !extensions.includes('SMTPUTF8'))
    return foreseen(
      'recipient',
      553,
      '5.6.7 The relay takes no letters beyond ASCII (SMTPUTF8) in addresses.',
    )
  if (largest && size > largest)
    return foreseen('sender', 552, `5.3.4 The mail has ${size} bytes, the relay takes ${largest}.`)
  return undefined
}

function foreseen(stage: Stage, code: number, words: string): Failure {
  return { stage, code, reason: `${code} ${words}`, handed: false }
}

function failure(session: Session, stage: Stage, said: Reply | undefined, handed = false): Failure {
  return said
    ? { stage, code: said.code, reason: said.text, handed }
    : { stage, reason: session.ended ?? '', handed }
}
