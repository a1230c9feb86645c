/** What a relay says to a command (RFC 5321, 4.2). */
export interface Reply {
  code: number
  /** all of its lines, with their codes */
  text: string
}

// In characters. No relay says so much; one that never ends a reply is not to fill the memory.
const LONGEST = 65_536

/** Puts replies together from the bytes of a connection, in whatever pieces they come. */
export function replyReader() {
  let lines = ''
  let rest = ''

  return {
    /** @returns the replies that are whole by now @throws Error when it is no SMTP that comes */
    read(bytes: Buffer): Reply[] {
      const replies: Reply[] = []
      const found = (rest + bytes.toString('latin1')).split('\n')
      rest = found.pop() as string
      for (const each of found) {
        const line = each.replace(/\r$/, '')
        if (!/^\d{3}/.test(line)) throw new Error(`The relay speaks no SMTP: ${line.slice(0, 100)}`)
        lines += lines && `\n`
        lines += line
        if (line[3] === '-') continue
        replies.push({ code: Number(line.slice(0, 3)), text: decoded(lines) })
        lines = ''
      }
      if (rest.length + lines.length > LONGEST) throw new Error('The relay does not come to an end.')
      return replies
    },
  }
}

// What relays write beyond ASCII is UTF-8 nowadays.
function decoded(text: string): string {
  return Buffer.from(text, 'latin1').toString()
}
