import {
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import { answer, type Connection, Sent } from './connections.js'

const DATE = 'Date: '

/**
 * An answer that is sent again and again: its head is checked and put before the body once, as the system takes one piece in less time
 * than two; of it the date alone is set anew, each second.
 */
export class WholeAnswer {
  readonly status: 200 | 304
  /** names and values in turn, as `writeHead` takes them */
  readonly fields: readonly string[]
  #body: Buffer
  #bytes: Buffer | undefined
  #dateAt = 0
  #second = 0

  constructor(status: 200 | 304, fields: readonly string[], body: Buffer) {
    this.status = status
    this.fields = fields
    this.#body = body
  }

  get body(): Buffer {
    return this.#body
  }

  /**
   * As Node would write it now, on a connection that stays open. Not to be kept: the next second is written into the same bytes.
   * @param patience how long that waits for the next request, in milliseconds
   * @throws TypeError for a name or value that may not stand in a head
   */
  bytes(patience: number): Buffer {
    const second = Math.floor(Date.now() / 1_000)
    const bytes = this.#bytes ?? this.#join(patience)
    if (this.#second !== second) {
      bytes.write(new Date(second * 1_000).toUTCString(), this.#dateAt, 'latin1')
      this.#second = second
    }
    return bytes
  }

  #join(patience: number): Buffer {
    let head = `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status]}\r\n`
    for (let at = 0; at < this.fields.length; at += 2) {
      const name = this.fields[at] as string
      const value = this.fields[at + 1] as string
      validateHeaderName(name)
      validateHeaderValue(name, value)
      head += `${name}: ${value}\r\n`
    }
    this.#dateAt = head.length + DATE.length
    head += `${DATE}${new Date(0).toUTCString()}\r\n`
    head += `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(patience / 1_000)}\r\n\r\n`
    // Of Node's pool, one answer that stays would keep the whole.
    const bytes = Buffer.allocUnsafeSlow(head.length + this.#body.length)
    bytes.write(head, 'latin1')
    this.#body.copy(bytes, head.length)
    this.#body = bytes.subarray(head.length)
    this.#bytes = bytes
    return bytes
  }
}

let isUnderstood = true

/**
 * Whether a request is of the kind that `sendWhole` may answer: the most common ones, whose answer is next on its connection and
 * leaves it open. All else is Node's to know.
 */
export function mayBeWhole(request: IncomingMessage, response: ServerResponse): boolean {
  const { httpVersion, headers } = request
  return (
    isUnderstood &&
    httpVersion === '1.1' &&
    response.shouldKeepAlive &&
    response.socket?.writable === true &&
    headers.expect === undefined &&
    isAllThere(request)
  )
}

/** A page is asked for without a body; that of a form must have come. */
function isAllThere({ method, headers, complete }: IncomingMessage): boolean {
  if (method === 'POST') return complete
  return (
    method === 'GET' && headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
  )
}

/**
 * Sends an answer whose bytes are all there, past the response: what Node does to put one together takes as long as all the rest. That
 * the answer is finished is said in the response's name, by the event that Node itself goes on to the next request by; a Node that does
 * not is left to do everything itself from then on.
 */
export function sendWhole(response: ServerResponse, bytes: Buffer): void {
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
  connection.write(bytes, finish)
}
