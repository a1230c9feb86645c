import { request } from 'node:http'
import { connect } from 'node:net'
import { addressMarks, type Mark, markedText, textMarks } from './marks.js'

export interface Body {
  payload: Buffer | string
  headers: Record<string, string>
}

export interface Answer {
  status: number
  body: string
  cookie: string
}

/** Everything that a source's program may tell beside the form itself. */
const told = [
  ...[
    'user-agent',
    'accept-language',
    'accept',
    'referer',
    'x-forwarded-for',
    'x-real-ip',
    'forwarded',
    'via',
  ],
  ...['from', 'authorization', 'if-none-match', 'sec-ch-ua-platform', 'traceparent', 'x-request-id', 'dnt'],
]

export type MarkedSource = ReturnType<typeof markedSource>

/** A source whose address, program and habits are marked, and who may come from several addresses. */
export function markedSource(url: string, address: string) {
  const headers = Object.fromEntries(told.map(name => [name, markedText(name)]))
  const cookie = markedText('cookie')
  const { hostname, port } = new URL(url)
  const marks: Mark[] = [
    ...addressMarks(address),
    ...Object.entries({ ...headers, cookie }).flatMap(([name, text]) => textMarks(name, text)),
  ]
  const cookies = `tip=${cookie}; other=${cookie}`

  /** Sends a request as a program does that keeps no secrets. */
  const send = (
    method: string,
    path: string,
    body?: Body,
    more: Record<string, string> = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const all = { ...headers, cookie: cookies, ...body?.headers, ...more }
      const sending = request(
        { ...{ hostname, port, path, method, localAddress: address, headers: all } },
        response => {
          let text = ''
          response.setEncoding('utf8').on('data', chunk => (text += chunk))
          response.on('end', () => {
            const [set = ''] = response.headers['set-cookie'] ?? []
            resolve({ status: response.statusCode ?? 0, body: text, cookie: set.split(';', 1)[0] ?? '' })
          })
        },
      )
      sending.on('error', reject)
      sending.end(body?.payload)
    })

  return {
    marks,
    get: (path: string, more?: Record<string, string>) => send('GET', path, undefined, more),
    post: (path: string, body: Body, more?: Record<string, string>) => send('POST', path, body, more),
    send,

    /** Sends bytes as they are. */
    raw: (bytes: Buffer | string): Promise<Pick<Answer, 'status'>> =>
      new Promise((resolve, reject) => {
        const line = connect({ host: hostname, port: Number(port), localAddress: address })
        let said = ''
        line.on('data', chunk => (said += chunk)).on('error', reject)
        line.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1]) }))
        line.end(bytes)
      }),

    /** Begins an upload and sends its first bytes. The rest comes by `more`; `cut` breaks the line. */
    begin(path: string, { payload, headers: type }: Body, until: number) {
      const line = connect({ host: hostname, port: Number(port), localAddress: address })
      line.on('error', () => undefined)
      const all = {
        ...headers,
        ...type,
        host: `${hostname}:${port}`,
        cookie: cookies,
        'content-length': payload.length,
      }
      const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
      line.write(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`)
      line.write(payload.slice(0, until))
      return {
        more: (from: number, to: number) => void line.write(payload.slice(from, to)),
        cut: () => new Promise<void>(resolve => void line.on('close', () => resolve()).destroy()),
      }
    },
  }
}
