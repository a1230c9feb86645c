import { Readable } from 'node:stream'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { RelaySettings } from '../../config.js'
import type { Envelope } from '../post.js'
import type { Failure, Stage } from './verdict.js'

export type Answer = { response: string } | Failure

/** An open, signed-in SMTP session. */
export interface Connection {
  /** false once it was closed, by either side */
  readonly usable: boolean
  /** how many mails it has carried */
  readonly carried: number
  /** Never rejects. */
  send(envelope: Envelope, message: Buffer): Promise<Answer>
  close(): void
}

/** A relay that gives no session. */
export class NoSession extends Error {
  override name = 'NoSession'
  constructor(readonly failure: Failure) {
    super(failure.reason)
  }
}

type SmtpError = Error & { code?: string; command?: string; responseCode?: number; response?: string }

const LONGEST_GREETING = 30_000

/**
 * Connects, encrypts, says EHLO and signs in.
 * @throws NoSession
 */
export async function openConnection(relay: RelaySettings): Promise<Connection> {
  const { default: Connecting } = await import('nodemailer/lib/smtp-connection')
  const smtp = new Connecting(options(relay))
  // Whatever is lost while nothing is under way is found out by `usable`; an unheard 'error' would end the program.
  smtp.on('error', () => undefined)
  await connected(smtp)
  if (relay.auth && smtp.allowsAuth) await signedIn(smtp, relay.auth)
  return carrier(smtp)
}

function options(relay: RelaySettings) {
  const timeout = relay.timeout * 1_000
  return {
    host: relay.host,
    port: relay.port,
    secure: relay.secure,
    ignoreTLS: relay.tls.ignore,
    requireTLS: relay.tls.required,
    tls: relay.tls.insecure ? { rejectUnauthorized: false } : {},
    connectionTimeout: Math.min(timeout, LONGEST_GREETING),
    greetingTimeout: Math.min(timeout, LONGEST_GREETING),
    socketTimeout: timeout,
    logger: false,
  }
}

function connected(smtp: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: SmtpError) => {
      smtp.close()
      reject(new NoSession(failure('connect', error)))
    }
    smtp.once('error', failed)
    smtp.connect(error => {
      smtp.off('error', failed)
      if (error) failed(error)
      else resolve()
    })
  })
}

function signedIn(smtp: SMTPConnection, auth: { user: string; pass: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: SmtpError) => {
      smtp.close()
      reject(new NoSession(failure('sign-in', error)))
    }
    smtp.once('error', failed)
    // A copy: nodemailer notes things on the object that it is given.
    smtp.login({ ...auth }, error => {
      smtp.off('error', failed)
      if (error) failed(error)
      else resolve()
    })
  })
}

function carrier(smtp: SMTPConnection): Connection {
  let carried = 0
  let open = true
  smtp.once('end', () => {
    open = false
  })
  const close = () => {
    open = false
    smtp.close()
  }

  const send = async (envelope: Envelope, message: Buffer): Promise<Answer> => {
    if (beyondAscii.test(envelope.to) && !offers(smtp, 'SMTPUTF8')) return withoutUtf8
    carried += 1
    const body = new Body(message)
    const answer = await given(smtp, envelope, body, message.length)
    // An answer in the middle of the mail leaves the rest of it to be taken for commands.
    if (body.begun && !body.handed) close()
    if ('response' in answer) return body.handed ? answer : { ...early, reason: answer.response }
    if (answer.code === undefined) close()
    else if (open && answer.stage !== 'end') await cleared()
    return answer
  }

  // The sender stands until the relay is told to forget it.
  const cleared = () =>
    new Promise<void>(resolve => {
      const done = (error?: unknown) => {
        smtp.off('end', done)
        if (error) close()
        resolve()
      }
      smtp.once('end', done)
      smtp.reset(done)
    })

  return {
    get usable() {
      return open
    },
    get carried() {
      return carried
    },
    ...{ send, close },
  }
}

const early = { stage: 'message' as const, handed: false }

function given(smtp: SMTPConnection, envelope: Envelope, body: Body, size: number): Promise<Answer> {
  return new Promise(resolve => {
    // The end is told before what caused it, which says more.
    const lost = () => void setImmediate(() => resolve(failure(stageOf({}, body), closed, body)))
    smtp.once('end', lost)
    smtp.send({ from: envelope.from, to: [envelope.to], size }, body, (error, sent) => {
      smtp.off('end', lost)
      if (error) resolve(failure(stageOf(error, body), error, body))
      else resolve({ response: sent?.response ?? '' })
    })
  })
}

const closed = { message: 'The connection was closed.' }

function stageOf({ command }: Pick<SmtpError, 'command'>, body: Body): Stage {
  if (body.begun) return 'end'
  if (command === 'MAIL FROM') return 'sender'
  return command === 'RCPT TO' ? 'recipient' : 'message'
}

// A key that is missing from the answer to EHLO was taken out on the way, or never was there.
const unencrypted =
  'The relay does not encrypt (STARTTLS), so nothing was sent to it. Take one that does, or write require-tls=0 behind its address'

function failure(
  stage: Stage,
  error: Pick<SmtpError, 'message' | 'response' | 'responseCode' | 'code'>,
  body?: Body,
): Failure {
  return {
    stage,
    // "Larger than the relay allows" is found out from what the relay said at EHLO: as good as its own word.
    code: error.responseCode ?? (error.code === 'EMESSAGE' ? 552 : undefined),
    reason: error.code === 'ETLS' ? `${unencrypted}: ${error.message}` : (error.response ?? error.message),
    handed: body?.handed ?? false,
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with control characters
const beyondAscii = /[^\x00-\x7f]/

const withoutUtf8: Failure = {
  stage: 'recipient',
  code: 553,
  reason: '553 5.6.7 The relay takes no addresses with letters beyond ASCII (SMTPUTF8).',
  handed: false,
}

function offers(smtp: SMTPConnection, extension: string): boolean {
  const { _supportedExtensions: extensions } = smtp as unknown as { _supportedExtensions: string[] }
  return extensions.includes(extension)
}

const CHUNK = 16_384

/**
 * A mail on its way into a connection, piece by piece as the connection takes them: before the last piece is asked for, nobody can
 * have the mail; from then on somebody may.
 */
class Body extends Readable {
  begun = false
  handed = false
  private at = 0

  constructor(private readonly message: Buffer) {
    super({ highWaterMark: CHUNK })
  }

  override _read(): void {
    this.begun = true
    const piece = this.message.subarray(this.at, this.at + CHUNK)
    this.at += CHUNK
    this.handed = this.at >= this.message.length
    this.push(piece)
    if (this.handed) this.push(null)
  }
}
