import {
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import { answer, type Connection, Sent } from './connections.js'

/** A head that is sent again and again: checked and put together once a second, for its date. */
export class Head {
  readonly status: 200 | 304
  /** names and values in turn, as `writeHead` takes them */
  readonly fields: readonly string[]
  #bytes: Buffer | undefined
  #second = 0

  constructor(status: 200 | 304, fields: readonly string[]) {
    this.status = status
    this.fields = fields
  }

  /**
   * As Node would write it now, on a connection that stays open.
   * @param patience how long that waits for the next request, in milliseconds
   * @throws TypeError for a name or value that may not stand in a head
   */
  bytes(patience: number): Buffer {
    const second = Math.floor(Date.now() / 1_000)
    if (this.#bytes && this.#second === second) return this.#bytes
    this.#second = second
    this.#bytes = unpooled(this.#text(new Date(second * 1_000), patience))
    return this.#bytes
  }

  #text(date: Date, patience: number): string {
    let text = `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status]}\r\n`
    for (let at = 0; at < this.fields.length; at += 2) {
      const name = this.fields[at] as string
      const value = this.fields[at + 1] as string
      validateHeaderName(name)
      validateHeaderValue(name, value)
      text += `${name}: ${value}\r\n`
    }
    const persistence = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(patience / 1_000)}`
    return `${text}Date: ${date.toUTCString()}\r\n${persistence}\r\n\r\n`
  }
}

// Of Node's pool, one head that stays would keep the whole.
function unpooled(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(text.length)
  bytes.write(text, 'latin1')
  return bytes
}

let isUnderstood = true

/**
 * Whether a request is of the kind that `sendWhole` may answer: the most common one, whose answer is next on its connection and
 * leaves it open. All else is Node's to know.
 */
export function mayBeWhole(
  { method, httpVersion, headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  return (
    isUnderstood &&
    method === 'GET' &&
    httpVersion === '1.1' &&
    response.shouldKeepAlive &&
    response.socket?.writable === true &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined
  )
}

/**
 * Sends an answer whose bytes are all there, past the response: what Node does to put one together takes as long as all the rest. That
 * the answer is finished is said in the response's name, by the event that Node itself goes on to the next request by; a Node that does
 * not is left to do everything itself from then on.
 */
export function sendWhole(response: ServerResponse, head: Buffer, body?: Buffer): void {
  const connection = response.socket as Connection
  const finish = (error?: Error | null): void => {
    // Then the connection is gone, and with it whoever would go on.
    if (error) return
    response.emit('finish')
    if (connection[answer] === response) connection[answer] = new Sent()
    if (response.socket !== connection) return
    isUnderstood = false
    connection.destroy()
  }
  if (!body) return void connection.write(head, finish)
  connection.cork()
  connection.write(head)
  connection.write(body, finish)
  connection.uncork()
}
