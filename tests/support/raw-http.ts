import { type AddressInfo, connect } from 'node:net'
import { type Press, whenDone } from './press.js'

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number
  /** the head's lines after the first, names in lower case */
  headers: Record<string, string>
  body: string
  bytes: Buffer
}

/** Lets readers in, and nothing else begin that a listening press does by itself. @returns the port */
export async function letReadersIn(press: Press): Promise<number> {
  const { server } = press.http
  await press.http.ready()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  whenDone(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A request of which only the first line and further lines of the head matter. */
export function request(line: string, ...further: string[]): string {
  return [line, 'Host: paper.example', ...further, '', ''].join('\r\n')
}

/**
 * Says all at once and reads until the server closes.
 * @param halfClosed closes this side as soon as everything is said
 */
export function said(port: number, bytes: string, { halfClosed = false } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      socket.write(bytes, 'latin1')
      if (halfClosed) socket.end()
    })
    whenDone(async () => void socket.destroy())
    socket.on('data', chunk => heard.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve(Buffer.concat(heard).toString('latin1'))
    })
  })
}

/**
 * Takes apart what a server said (RFC 9112, section 6.3).
 * @param methods of the requests, in their order; GET when not said
 */
export function answersIn(heard: string, methods: string[] = []): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = heard
  while (rest) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    if (end < 0 || !/^HTTP\/1\.1 \d{3} /.test(first))
      throw new Error(`This is no answer: ${rest.slice(0, 80)}`)
    const headers = Object.fromEntries(
      lines.map(line => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*: */, '')]),
    )
    const status = Number(first.slice(9, 12))
    const final = answers.filter(answer => answer.status >= 200).length
    const isBare = status < 200 || status === 204 || status === 304 || methods[final] === 'HEAD'
    const { 'content-length': length = '0', 'transfer-encoding': coding } = headers
    if (coding && !isBare) throw new Error('Chunks are not read here.')
    const bodyEnd = end + 4 + (isBare ? 0 : Number(length))
    const bytes = Buffer.from(rest.slice(end + 4, bodyEnd), 'latin1')
    answers.push({ status, headers, bytes, body: bytes.toString() })
    rest = rest.slice(bodyEnd)
  }
  return answers
}
