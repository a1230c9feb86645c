import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** The control: the same bytes and headers from bare node:http, and nothing else. Arguments: a file of answers, a port. */
const [file = '', port = '0'] = process.argv.slice(2)
const answers: Record<string, { headers: Record<string, string>; body: string }> = JSON.parse(
  readFileSync(file, 'utf8'),
)
const ready = new Map(
  Object.entries(answers).map(([url, { headers, body }]) => [
    url,
    { headers, body: Buffer.from(body, 'base64') },
  ]),
)

createServer((request, response) => {
  const answer = ready.get(request.url ?? '')
  if (!answer) return response.writeHead(404).end()
  return response.writeHead(200, answer.headers).end(answer.body)
}).listen(Number(port), '127.0.0.1')
