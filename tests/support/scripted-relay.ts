import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What is asked of a relay; `text` is the first of a mail's text, `.` its end. */
type Asked = 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'RSET' | 'text' | '.'

export interface ScriptedRelay {
  url: string
  connections: number
  /** the commands of each connection's pieces, as they came over the wire; a lone dot is one */
  pieces: string[][]
  /** texts of mails that were ended, as they came over the wire, without their ends */
  texts: string[]
  /** answers that are not the usual ones: words of SMTP, 'drop' to hang up, 'stall' to say nothing */
  says: Partial<Record<Asked, string>>
  /** Says on all connections what nobody asked for, and resolves when it was sent. */
  interject(words: string): Promise<void>
}

const usual: Record<Asked, string> = {
  EHLO: '250-relay\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING',
  MAIL: '250 2.1.0 sender',
  RCPT: '250 2.1.5 recipient',
  DATA: '354 go on',
  RSET: '250 2.0.0 forgotten',
  text: '',
  '.': '250 2.0.0 taken',
}

const END = '\r\n.\r\n'

/** A relay that says word for word what it is told to, right or wrong. @param options.slowly byte by byte, each in a packet of its own */
export async function scriptedRelay(parameters = '', { slowly = false } = {}): Promise<ScriptedRelay> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    relay.connections += 1
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    const say = speaker(socket, slowly)
    /** what has come of a text, after the line end of DATA */
    let text: string | undefined
    say('220 relay ESMTP\r\n')

    const answer = (asked: Asked): void => {
      const words = relay.says[asked] ?? usual[asked]
      if (words === 'drop') socket.destroy()
      else if (words && words !== 'stall') say(`${words.trimEnd()}\r\n`)
      if (asked === 'DATA' && /^[23]/.test(words)) text = '\r\n'
    }
    const readText = (bytes: string): void => {
      if (text === '\r\n') answer('text')
      text += bytes
      const end = text?.indexOf(END) ?? -1
      if (end < 0) return
      if (end === 0) relay.pieces.push(['.'])
      relay.texts.push(text?.slice(2, end + 2) ?? '')
      text = undefined
      answer('.')
    }
    socket.on('data', chunk => {
      const bytes = chunk.toString('latin1')
      if (text !== undefined) return readText(bytes)
      const commands = bytes.split('\r\n').filter(Boolean)
      if (!commands[0]?.startsWith('EHLO')) relay.pieces.push(commands)
      for (const command of commands) answer(command.slice(0, 4) as Asked)
    })
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>(resolve => void server.close(() => resolve()))
  })
  const { port } = server.address() as { port: number }
  const relay: ScriptedRelay = {
    url: `smtp://127.0.0.1:${port}${parameters}`,
    ...{ connections: 0, pieces: [], texts: [], says: {} },
    async interject(words) {
      for (const socket of sockets)
        await new Promise<void>(resolve => void socket.write(`${words}\r\n`, () => resolve()))
    },
  }
  return relay
}

function speaker(socket: Socket, slowly: boolean): (words: string) => void {
  let said: Promise<void> = Promise.resolve()
  const spell = async (words: string): Promise<void> => {
    for (const byte of Buffer.from(words)) {
      if (socket.destroyed) return
      await new Promise<void>(resolve => void socket.write(Buffer.of(byte), () => setImmediate(resolve)))
    }
  }
  return words => {
    if (!slowly) return void socket.write(words)
    said = said.then(() => spell(words))
  }
}
