import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

export interface Relay {
  url: string
  /** mails that were accepted, in their order */
  mails: ParsedMail[]
  /** the same, as they came over the wire */
  raw: string[]
  /** their return paths */
  senders: string[]
  /** how the next deliveries are answered: an SMTP code for each, 250 when none is left */
  answers: number[]
  close(): Promise<void>
}

/** A real SMTP server on the loopback that collects what it accepts. */
export async function openRelay(): Promise<Relay> {
  const mails: ParsedMail[] = []
  const raw: string[] = []
  const senders: string[] = []
  const answers: number[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, _session, done) {
      const code = answers.shift() ?? 250
      if (code === 250) return done()
      done(Object.assign(new Error(`refused with ${code}`), { responseCode: code }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const source = Buffer.concat(chunks)
        raw.push(source.toString())
        senders.push(session.envelope.mailFrom ? session.envelope.mailFrom.address : '')
        mails.push(await simpleParser(source))
        done()
      })
    },
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = () => new Promise<void>(resolve => void server.close(() => resolve()))
  onTestFinished(close)
  return { url: `smtp://127.0.0.1:${port}`, mails, raw, senders, answers, close }
}
