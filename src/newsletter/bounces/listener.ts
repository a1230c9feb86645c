import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import type { Log } from '../../foundation/log.js'
import { MOST_READ } from './opened.js'
import type { BouncesService } from './service.js'

export interface ListenerServices {
  bounces: Pick<BouncesService, 'takeReport'>
  /** whether an address is a return path that was made here */
  isReturnPath(address: string): boolean
  host: string
  port: number
  log: Log
}

const MINUTE = 60_000
const MOST_CONNECTIONS = 50
const MOST_RECIPIENTS = 10

/**
 * An SMTP server that takes bounces and nothing else: mail to return paths of this site. It sends nothing, so whatever comes to it cannot
 * be relayed or answered; it says yes (250) only after the report is in the database.
 */
export function bounceListener({ bounces, isReturnPath, host, port, log }: ListenerServices) {
  let retry: NodeJS.Timeout | undefined
  const server = new SMTPServer({
    banner: 'bounces only',
    size: MOST_READ,
    maxClients: MOST_CONNECTIONS,
    socketTimeout: MINUTE,
    closeTimeout: 5_000,
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, session, done) {
      if (!isReturnPath(address)) return done(refusal(550, '5.1.1 Only bounces are taken here'))
      if (session.envelope.rcptTo.length >= MOST_RECIPIENTS)
        return done(refusal(452, '4.5.3 Too many recipients'))
      done()
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MOST_READ) chunks.push(chunk)
      })
      stream.on('error', () => chunks.splice(0))
      stream.on('end', () => {
        if (size > MOST_READ || stream.sizeExceeded)
          return done(refusal(552, '5.3.4 More than a bounce needs'))
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        take(Buffer.concat(chunks), recipients).then(
          () => done(null, 'Noted'),
          error => {
            log.error({ err: error }, 'a bounce could not be noted; its sender will try again')
            done(refusal(451, '4.3.0 Try again later'))
          },
        )
      })
    },
  })
  server.on('error', error => log.warn({ err: error }, 'the server for bounces'))

  const take = async (raw: Buffer, recipients: string[]): Promise<void> => {
    for (const envelopeTo of recipients) await bounces.takeReport(raw, { source: 'smtp', envelopeTo })
  }

  const start = async (): Promise<void> => {
    try {
      server.listen(port, host)
      await once(server.server, 'listening')
      log.info({ host, port: portOf(server) }, 'bounces are taken by SMTP')
    } catch (error) {
      log.error({ err: error, host, port }, 'no bounces are taken by SMTP; the next try is in a minute')
      retry = setTimeout(() => void start(), MINUTE).unref()
    }
  }

  return {
    start,
    /** where it listens; 0 while it does not */
    port: () => portOf(server),
    async stop(): Promise<void> {
      clearTimeout(retry)
      if (server.server.listening) await new Promise<void>(resolve => void server.close(() => resolve()))
    },
  }
}

function portOf({ server }: SMTPServer): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
