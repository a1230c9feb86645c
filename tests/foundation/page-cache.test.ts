import { createHash } from 'node:crypto'
import { Agent, get, type IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { idsOf } from '../newsletter/written-issue.js'
import { type Colleague, colleague } from '../support/desk.js'
import { editionFolder } from '../support/edition.js'
import { form, openPress } from '../support/press.js'
import { type Program, serveProgram } from '../support/program.js'

/** Who serves: the test holds for any number of processes that share the port. */
const workers = [2]

const CHANGES = 12
const accepted = ['gzip', 'br', 'identity', 'gzip;q=0.5, br;q=0', 'deflate', 'br;q=1, *;q=0', '*', '']

/** Where readers see corrections of one article, and where they see another that is printed anew. */
const shown: Record<string, RegExp> = {
  '/articles/corrected': /mark (\d+)/g,
  '/articles/anew': /sign (\d+)/g,
  '/corrections': /mark (\d+)/g,
  '/archive': /sign (\d+)/g,
  '/corrections/feed.json': /mark (\d+)/g,
}
const pages = Object.keys(shown)

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
}

test.each(workers)(
  'served by %i, eight readers get no page older than the last change that was acknowledged, and no bytes that belie their head',
  async count => {
    const dataDir = await editionFolder()
    const elsewhere = await openPress({ DATA_DIR: dataDir })
    const print = (slug: string, title: string) =>
      elsewhere.articles.desk.submit({
        ...{
          title,
          dek: '',
          slug,
          section: 'press',
          tags: [],
          authors: [],
          body: title,
          status: 'published',
        },
        ...{ published: '2026-01-02T03:04:05.000Z', quickNote: true, formerSlugs: [], corrections: [] },
      })
    await print('corrected', 'Corrected')
    await print('anew', 'A sign 0')
    const [id = ''] = await idsOf(elsewhere, 'corrected')
    const program = await serveProgram({ DATA_DIR: dataDir, WORKERS: String(count), LOG_LEVEL: 'warn' })
    const correct = await sends(program, await colleague(elsewhere, 'editor'))
    const acknowledged = { mark: 0, sign: 0 }
    const readers = accepted.map(encodings => reader(program, encodings, acknowledged))
    for (let change = 1; change <= CHANGES; change++) {
      await correct(`/admin/articles/${id}/corrections`, { wrong: 'That.', right: `It is mark ${change}` })
      acknowledged.mark = change
      await print('anew', `A sign ${change}`)
      acknowledged.sign = change
    }
    const answers = await Promise.all(readers.map(({ stop }) => stop()))
    expect(Math.min(...answers)).toBeGreaterThan(pages.length)
  },
)

/** Reads page after page until it is stopped, every second time only if it changed. */
function reader({ url }: Program, encodings: string, acknowledged: { mark: number; sign: number }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const had = new Map<string, { etag: string; number: number }>()
  let over = false
  const read = async (page: string, onlyIfChanged: boolean): Promise<void> => {
    const floor = shown[page]?.source.startsWith('mark') ? acknowledged.mark : acknowledged.sign
    const before = onlyIfChanged ? had.get(page) : undefined
    const answer = await ask(url + page, agent, {
      'accept-encoding': encodings,
      'if-none-match': before?.etag ?? '"-"',
    })
    const number =
      answer.status === 304 ? (before?.number ?? -1) : newest(page, checked(page, encodings, answer))
    if (answer.status === 304) expect(answer.headers.etag).toBe(before?.etag)
    expect(number, `${page} after change ${floor}`).toBeGreaterThanOrEqual(floor)
    had.set(page, { etag: String(answer.headers.etag), number })
  }
  const reading = (async () => {
    let answers = 0
    for (; !over; answers++)
      await read(pages[answers % pages.length] as string, answers % (2 * pages.length) >= pages.length)
    return answers
  })()
  // Whoever waits for it hears of it at the end; the first that goes wrong must not end the others' test.
  reading.catch(() => undefined)
  return {
    async stop(): Promise<number> {
      over = true
      return reading.finally(() => agent.destroy())
    },
  }
}

const bytesOf = new Map<string, string>()

/** The text of an answer, after its head was held against its bytes. */
function checked(page: string, encodings: string, { status, headers, bytes }: Answer): string {
  const { 'content-encoding': encoding = 'identity', etag = '' } = headers
  expect({ status, length: headers['content-length'] }).toEqual({ status: 200, length: String(bytes.length) })
  expect(headers.vary).toBe('Accept-Encoding')
  expect(etag).toMatch(
    encoding === 'identity' ? /^"[\w-]{27}"$/ : new RegExp(`^"[\\w-]{27}-${encoding}(11)?"$`),
  )
  expect(mayGet(encodings), `${encodings} got ${encoding}`).toContain(encoding)
  const digest = createHash('sha256').update(bytes).digest('hex')
  expect(bytesOf.get(page + etag) ?? digest).toBe(digest)
  bytesOf.set(page + etag, digest)
  if (encoding === 'br') return brotliDecompressSync(bytes).toString()
  return (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()
}

function mayGet(encodings: string): string[] {
  const refused = [...encodings.matchAll(/(\w+);q=0(?![.\d])/g)].map(([, name]) => name)
  const named = ['br', 'gzip'].filter(name => encodings.includes(name) || encodings.includes('*'))
  return [...named.filter(name => !refused.includes(name)), 'identity']
}

function newest(page: string, text: string): number {
  return Math.max(0, ...[...text.matchAll(shown[page] as RegExp)].map(([, number]) => Number(number)))
}

function ask(url: string, agent: Agent, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
        }),
      )
    }).on('error', reject)
  })
}

/** Sends a form of the desk to the program, as somebody who signed in elsewhere. */
async function sends({ url }: Program, { cookie, token }: Colleague) {
  const csrf = await token()
  return async (path: string, fields: Record<string, string>) => {
    const { payload: body, headers } = form({ ...fields, csrf })
    const answer = await fetch(url + path, {
      ...{ method: 'POST', redirect: 'manual', body },
      headers: { ...headers, cookie },
    })
    expect(answer.status).toBe(303)
  }
}
