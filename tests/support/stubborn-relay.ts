import type { Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** What a relay does to the mails that come: an SMTP answer, or something worse. */
type Mood = string | 'drop' | 'stall'

export interface StubbornRelay {
  url: string
  name: string
  /** recipients whose mail was taken */
  taken: string[]
  /** return paths of all that was offered */
  senders: string[]
  /** mails as they came over the wire */
  raw: string[]
  /** how many connections were made */
  connections: number
  /** what happens at each stage; left out: all is well */
  mood: { greeting?: Mood; auth?: Mood; sender?: Mood; recipient?: Mood; middle?: Mood; end?: Mood }
  hangUp(): void
}

/** A real SMTP server on the loopback that answers as it is told. */
export async function stubbornRelay(
  parameters = '',
  { credentials = '', ...options }: SMTPServerOptions & { credentials?: string } = {},
): Promise<StubbornRelay> {
  const taken: string[] = []
  const raw: string[] = []
  const senders: string[] = []
  const refused = (mood: Mood) =>
    Object.assign(new Error(mood.slice(4)), { responseCode: Number(mood.slice(0, 3)) })
  const sockets = () =>
    [...(server.connections as Set<unknown>)].map(one => (one as { _socket: Socket })._socket)
  const hangUp = () => {
    for (const socket of sockets()) socket.destroy()
  }
  const met = (mood: Mood | undefined, done: (error?: Error) => void) => {
    if (mood === undefined) done()
    else if (mood === 'drop') hangUp()
    else if (mood !== 'stall') done(refused(mood))
  }
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    closeTimeout: 100,
    disableReverseLookup: true,
    onConnect: (_session, done) => {
      relay.connections += 1
      met(relay.mood.greeting, done)
    },
    onAuth: (auth, _session, done) =>
      met(relay.mood.auth, error => done(error ?? null, { user: auth.username })),
    onMailFrom: ({ address }, _session, done) => {
      senders.push(address)
      met(relay.mood.sender, done)
    },
    onRcptTo: (_address, _session, done) => met(relay.mood.recipient, done),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      if (relay.mood.middle === 'stall') return
      if (relay.mood.middle === 'drop') return void stream.once('data', hangUp)
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (relay.mood.end === undefined) {
          raw.push(Buffer.concat(chunks).toString())
          taken.push(...session.envelope.rcptTo.map(({ address }) => address))
        }
        met(relay.mood.end, done)
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as { port: number }
  onTestFinished(async () => {
    hangUp()
    await new Promise<void>(resolve => void server.close(() => resolve()))
  })
  const relay: StubbornRelay = {
    url: `smtp://${credentials}127.0.0.1:${port}${parameters}`,
    name: `127.0.0.1:${port}`,
    ...{ taken, senders, raw, hangUp },
    connections: 0,
    mood: {},
  }
  return relay
}
