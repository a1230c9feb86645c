import { createServer } from 'node:net'

/** A relay that takes everything at once and keeps nothing: no more of SMTP than a sender notices. Argument: a port. */
const END = Buffer.from('\r\n.\r\n')

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
    for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
      const verb = line.slice(0, 4).toUpperCase()
      if (verb === 'EHLO') socket.write('250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n')
      else if (verb === 'DATA') {
        inMessage = true
        socket.write('354 go on\r\n')
      } else if (verb === 'QUIT') socket.end('221 bye\r\n')
      else socket.write('250 2.0.0 ok\r\n')
    }
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
