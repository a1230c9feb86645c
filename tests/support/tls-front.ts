import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createServer, request as requestOverTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { whenDone } from './press.js'

const read = (name: string) => readFileSync(path.join(import.meta.dirname, '../fixtures/tls', name))
const [key, cert] = [read('key.pem'), read('certificate.pem')]

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/**
 * Speaks https before a program that speaks http, as a reverse proxy does.
 * @param shut addresses that it does not let anybody ask for
 * @returns its port
 */
export async function tlsFront(port: number, shut?: RegExp): Promise<number> {
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    const { method, url, headers } = incoming
    if (shut?.test(url ?? '')) return outgoing.writeHead(404, { 'content-type': 'text/plain' }).end()
    const told = { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' }
    const inner = request({ port, host: '127.0.0.1', method, path: url, headers: told }, answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    inner.on('error', () => outgoing.destroy())
    incoming.pipe(inner)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  whenDone(async () => void server.close())
  return (server.address() as AddressInfo).port
}

/** Asks over https, believing the front's certificate alone. */
export function askOverTls(
  url: string,
  {
    method = 'GET',
    headers = {},
    payload = '',
  }: { method?: string; headers?: object; payload?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = requestOverTls(url, { method, headers: { ...headers }, ca: cert, agent: false }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      })
    })
    sent.on('error', reject)
    sent.end(payload)
  })
}
