import { createServer } from 'node:net'

/**
 * A relay that takes everything at once and keeps nothing: no more of SMTP than a sender notices. It takes commands in groups
 * (RFC 2920), as Postfix and Exim do, and answers each group in one piece. Arguments: a port; `groups`, or `singly`: it takes no groups.
 */
const [port, way] = process.argv.slice(2)
const END = Buffer.from('\r\n.\r\n')
const extensions = ['8BITMIME', 'SMTPUTF8', ...(way === 'groups' ? ['PIPELINING'] : [])]
const greeting = ['sink', ...extensions].map(
  (line, index) => `250${index < extensions.length ? '-' : ' '}${line}\r\n`,
)

createServer(socket => {
  let inMessage = false
  let tail = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.write('220 sink ESMTP\r\n')
  socket.on('error', () => socket.destroy())
  socket.on('data', chunk => {
    const bytes = tail.length ? Buffer.concat([tail, chunk]) : chunk
    tail = Buffer.alloc(0)
    if (inMessage) {
      if (!bytes.subarray(-END.length).equals(END)) {
        tail = Buffer.from(bytes.subarray(-END.length + 1))
        return
      }
      inMessage = false
      socket.write('250 2.0.0 taken\r\n')
      return
    }
    let replies = ''
    for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO') replies += greeting.join('')
      else if (verb === 'DATA') {
        inMessage = true
        replies += '354 go on\r\n'
      } else if (verb === 'QUIT') socket.end('221 bye\r\n')
      else replies += '250 2.0.0 ok\r\n'
    }
    socket.write(replies)
  })
}).listen(Number(port), '127.0.0.1')
