import { connect, type Socket } from 'node:net'

/** What readers waited who came one after the other at even distances, in milliseconds, counted from when each was due. */
export interface Waited {
  /** each answered request */
  waits: number[]
  /** answers other than 200 */
  refused: number
}

const MOST_CONNECTIONS = 512

/**
 * Readers who come evenly, however slow the answers: what the server owes to one delays all who come after, as it would in life.
 * (autocannon gives out a second's requests at the second's beginning, as fast as they are answered.) A reader takes a connection that
 * is free, or a new one.
 * @param perSecond how many come in a second
 */
export function steadily(
  url: string,
  headers: Record<string, string>,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Waited> {
  const { hostname, port, pathname, host } = new URL(url)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const free: Reader[] = []
  const all: Reader[] = []
  const due: number[] = []
  const waited: Waited = { waits: [], refused: 0 }
  const total = Math.floor(perSecond * seconds)
  const begun = performance.now()

  return new Promise((resolve, reject) => {
    let come = 0
    const answered = (reader: Reader, since: number, isGood: boolean): void => {
      waited.waits.push(performance.now() - since)
      if (!isGood) waited.refused += 1
      const next = due.shift()
      if (next === undefined) free.push(reader)
      else reader.ask(next)
      if (waited.waits.length < total) return
      for (const { socket } of all) socket.destroy()
      resolve(waited)
    }
    const step = (): void => {
      const now = performance.now()
      for (; come < total && begun + (come * 1_000) / perSecond <= now; come++) {
        const since = begun + (come * 1_000) / perSecond
        const reader = free.pop() ?? (all.length < MOST_CONNECTIONS ? newReader() : undefined)
        if (reader) reader.ask(since)
        else due.push(since)
      }
      if (come < total) setImmediate(step)
    }
    const newReader = (): Reader => {
      const reader = openReader(connect(Number(port), hostname), request, answered)
      reader.socket.on('error', reject)
      // The server closes what nobody used for a while; who waits for an answer on it would wait for ever.
      reader.socket.on('close', () => {
        const place = free.indexOf(reader)
        if (place >= 0) free.splice(place, 1)
        else if (waited.waits.length < total)
          reject(new Error(`${url} closed a connection without an answer.`))
      })
      all.push(reader)
      return reader
    }
    step()
  })
}

interface Reader {
  socket: Socket
  ask(since: number): void
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

/** A connection that holds one request at a time; of the answer it needs to know only where it ends (RFC 9112, 6.3). */
function openReader(
  socket: Socket,
  request: Buffer,
  answered: (reader: Reader, since: number, isGood: boolean) => void,
): Reader {
  let since = 0
  let head: Buffer = Buffer.alloc(0)
  let missing = 0
  let isGood = false
  const reader: Reader = {
    socket: socket.setNoDelay(),
    ask(dueAt) {
      since = dueAt
      socket.write(request)
    },
  }
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk.length
    if (missing === 0) {
      head = head.length > 0 ? Buffer.concat([head, chunk]) : chunk
      const end = head.indexOf(END_OF_HEAD)
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      isGood = text.startsWith('HTTP/1.1 200 ')
      missing = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
      rest = head.length - end - END_OF_HEAD.length
      head = Buffer.alloc(0)
    }
    missing -= rest
    if (missing === 0) answered(reader, since, isGood)
  })
  return reader
}
