import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** The control: the same bytes and headers from bare node:http, and nothing else. Argument: a file of answers by their addresses. */
const answers: Record<string, { status: number; headers: Record<string, string>; body: string }> = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
)
const ready = new Map(
  Object.entries(answers).map(([url, { status, headers, body }]) => [
    url,
    { status, headers, body: Buffer.from(body, 'base64') },
  ]),
)

createServer((request, response) => {
  const answer = ready.get(request.url ?? '')
  if (!answer) return response.writeHead(request.url === '/' ? 200 : 404).end()
  return response.writeHead(answer.status, answer.headers).end(answer.body)
}).listen(Number(process.env.PORT), '127.0.0.1')
