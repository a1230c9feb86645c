import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** What a relay may do to a mail. */
export type Treatment =
  | 'take'
  | 'put off'
  | 'refuse'
  | 'put off at the end'
  | 'refuse at the end'
  | 'hang up before the end'
  | 'take and hang up'
  | 'forget and hang up'
  | 'take and stand still'

export interface HostileRelay {
  url: string
  /** Message-IDs that were taken, by recipient, in their order */
  taken: Map<string, string[]>
  /** Resolves once so many mails were taken. */
  until(count: number): Promise<void>
}

/** A real SMTP server on the loopback that treats mails as it is told. */
export async function openHostileRelay(treat: () => Treatment): Promise<HostileRelay> {
  const taken = new Map<string, string[]>()
  const sockets = new Map<number, Socket>()
  const treatments = new Map<string, Treatment>()
  const waiting = new Set<{ count: number; resolve: () => void }>()
  let count = 0
  const take = (recipient: string, messageId: string): void => {
    taken.set(recipient, [...(taken.get(recipient) ?? []), messageId])
    count += 1
    for (const waiter of waiting) if (count >= waiter.count) waiter.resolve()
  }
  const answer = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, session, done) {
      const treatment = treat()
      treatments.set(session.id, treatment)
      if (treatment === 'put off') return done(answer(450, '4.2.2 mailbox full'))
      if (treatment === 'refuse') return done(answer(550, '5.1.1 nobody of that name'))
      done()
    },
    onData(stream, session, done) {
      const treatment = treatments.get(session.id) ?? 'take'
      const socket = sockets.get(session.remotePort)
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (treatment === 'hang up before the end') socket?.destroy()
      })
      stream.on('end', () => {
        const recipient = session.envelope.rcptTo[0]?.address ?? ''
        const [, messageId = ''] =
          /^Message-ID: <(.+)>/im.exec(Buffer.concat(chunks).toString('latin1')) ?? []
        if (treatment === 'put off at the end') return done(answer(452, '4.2.2 mailbox full'))
        if (treatment === 'refuse at the end') return done(answer(550, '5.6.0 not this text'))
        if (treatment === 'forget and hang up') return void socket?.destroy()
        take(recipient, messageId)
        if (treatment === 'take and hang up') return void socket?.destroy()
        if (treatment === 'take and stand still') return
        setTimeout(done, 5)
      })
    },
  })
  server.on('error', () => undefined)
  server.server.on('connection', (socket: Socket) => {
    sockets.set(socket.remotePort ?? 0, socket)
    socket.on('close', () => sockets.delete(socket.remotePort ?? 0))
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  onTestFinished(() => {
    for (const socket of sockets.values()) socket.destroy()
    server.server.close()
  })
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    until: wanted =>
      new Promise(resolve => {
        if (count >= wanted) resolve()
        else waiting.add({ count: wanted, resolve })
      }),
  }
}

/** Treats mails by chance, always the same for the same seed. @param odds of each treatment but taking */
export function byChance(seed: number, odds: Partial<Record<Treatment, number>>): () => Treatment {
  const next = chance(seed)
  return () => {
    let left = next()
    for (const [treatment, odd] of Object.entries(odds) as [Treatment, number][]) {
      left -= odd
      if (left < 0) return treatment
    }
    return 'take'
  }
}

/** Numbers from 0 to 1 that look like chance (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
