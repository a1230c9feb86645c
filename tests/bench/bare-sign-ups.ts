import { fdatasync, openSync, writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/**
 * The least that a durable sign-up can be on Node: bare node:http reads the form, appends a line to a file and answers once that is
 * synced; those who come while one sync runs share the next. No check, no database, no mail. Argument: the file.
 */
const file = openSync(process.argv[2] ?? '', 'a')
let waiting: ServerResponse[] = []
let syncing = false

function sync(): void {
  if (syncing || !waiting.length) return
  syncing = true
  const group = waiting
  waiting = []
  fdatasync(file, error => {
    syncing = false
    for (const response of group) response.writeHead(error ? 500 : 200).end('Look into your inbox.')
    sync()
  })
}

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end('ready')
  const email = new URLSearchParams(await text(request)).get('email')
  writeSync(file, `${email}\n`)
  waiting.push(response)
  return sync()
}).listen(Number(process.env.PORT), '127.0.0.1')
