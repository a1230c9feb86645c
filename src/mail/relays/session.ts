import type { Socket } from 'node:net'
import { type Reply, replyReader } from './replies.js'

/** Commands and replies on an open SMTP session. */
export interface Session {
  /** why it ended; undefined while it is open */
  readonly ended: string | undefined
  /** Sends commands in one piece. */
  say(...commands: string[]): void
  /** The next reply; undefined when none can come any more. */
  reply(): Promise<Reply | undefined>
  /**
   * Sends a text and its end.
   * @param message RFC 5322 with CRLF
   * @returns whether the last piece was given to the connection: before that nobody can have the text, from then on somebody may
   */
  give(message: Buffer): Promise<boolean>
  /** Ends it, or notes that it was ended. */
  end(reason: string): void
}

// In bytes. What was given to the connection stays in memory until the relay takes it.
const PIECE = 65_536
const END = Buffer.from('.\r\n')
const CRLF = Buffer.from('\r\n')
const DOT = 0x2e

// RFC 5321, 3.8: whatever it was asked, the relay is about to hang up.
const CLOSING = 421

/** @param hangUp closes the connection */
export function openSession(socket: Socket, hangUp: () => void): Session {
  const replies = replyReader()
  const arrived: Reply[] = []
  let owed = 0
  let ended: string | undefined
  let tell: () => void = () => undefined

  const news = () =>
    new Promise<void>(resolve => {
      tell = resolve
    })
  const end = (reason: string): void => {
    if (ended !== undefined) return
    ended = reason
    hangUp()
    tell()
  }
  const read = (bytes: Buffer): void => {
    if (ended !== undefined) return
    try {
      arrived.push(...replies.read(bytes))
    } catch (error) {
      end((error as Error).message)
      return
    }
    const last = arrived.at(-1)
    if (!last) return
    // What nobody asked for: the relay ends a session that stands idle, most likely.
    const unasked = arrived.splice(owed).length > 0
    if (unasked || last.code === CLOSING) end(last.text)
    tell()
  }
  socket.on('data', read)
  socket.on('drain', () => tell())

  return {
    get ended() {
      return ended
    },
    say(...commands) {
      owed += commands.length
      if (ended === undefined) socket.write(`${commands.join('\r\n')}\r\n`)
    },
    async reply() {
      while (arrived.length === 0 && ended === undefined) await news()
      owed -= 1
      return arrived.shift()
    },
    async give(message) {
      const text = transparent(message)
      owed += 1
      let at = 0
      for (; text.length - at > PIECE; at += PIECE) {
        if (!socket.write(text.subarray(at, at + PIECE))) await news()
        if (ended !== undefined) return false
        // An answer in the middle of the mail leaves the rest of it to be taken for commands.
        if (arrived.length) {
          end('The relay answered before it had the whole mail.')
          return false
        }
      }
      if (ended !== undefined) return false
      socket.cork()
      socket.write(text.subarray(at))
      socket.write(END)
      socket.uncork()
      return true
    },
    end,
  }
}

const LINE_WITH_DOT = Buffer.from('\n.')

/** RFC 5321, 4.5.2: a line that begins with a dot gets another, so that none is taken for the end. */
function transparent(message: Buffer): Buffer {
  const text =
    message[0] === DOT || message.includes(LINE_WITH_DOT)
      ? Buffer.from(message.toString('latin1').replace(/^\./gm, '..'), 'latin1')
      : message
  return text.subarray(-2).equals(CRLF) ? text : Buffer.concat([text, CRLF])
}
