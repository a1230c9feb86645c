import type { Socket } from 'node:net'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { RelaySettings } from '../../config.js'
import type { Envelope } from '../post.js'
import { type Answer, give } from './dialogue.js'
import { openSession } from './session.js'
import type { Failure, Stage } from './verdict.js'

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
  const {
    _socket: socket,
    _supportedExtensions: extensions,
    _maxAllowedSize: largest,
  } = smtp as unknown as Inside
  // From here on the relay answers us, not nodemailer, which still watches over the connection and its silence.
  socket.removeAllListeners('data')
  const session = openSession(socket, () => smtp.close())
  smtp.on('error', ({ message }) => session.end(message))
  smtp.once('end', () => session.end('The connection was closed.'))

  return {
    get usable() {
      return session.ended === undefined
    },
    get carried() {
      return carried
    },
    send(envelope, message) {
      carried += 1
      return give(session, { extensions, largest }, envelope, message)
    },
    close: () => session.end('The connection was closed.'),
  }
}

/** What nodemailer keeps for itself. */
interface Inside {
  _socket: Socket
  _supportedExtensions: string[]
  _maxAllowedSize: number
}

// A key that is missing from the answer to EHLO was taken out on the way, or never was there.
const unencrypted =
  'The relay does not encrypt (STARTTLS), so nothing was sent to it. Take one that does, or write require-tls=0 behind its address'

function failure(stage: Stage, { code, responseCode, response, message }: SmtpError): Failure {
  return {
    stage,
    ...(responseCode !== undefined && { code: responseCode }),
    reason: code === 'ETLS' ? `${unencrypted}: ${message}` : (response ?? message),
    handed: false,
  }
}
