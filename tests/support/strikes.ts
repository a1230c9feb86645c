import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { RouteOptions } from 'fastify'
import { formsIn } from './forms.js'
import { join, mails, signUp } from './newsletter.js'
import { type Newsroom, openNewsroom } from './newsroom.js'
import { form } from './press.js'
import { codenameIn, multipart } from './tips.js'

/** One place where a stranger may put a text: a part of an address, a parameter, a field, a head. */
export interface Strike {
  place: string
  /** what is sent when the text stands in that place; nothing where it cannot stand there */
  with(text: string): Sent | undefined
}

interface Sent {
  method?: string
  url: string
  headers?: Record<string, string>
  payload?: string | Buffer
}

export interface Struck {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** milliseconds until the last byte */
  took: number
}

export interface Target {
  /** the open ones */
  routes: Route[]
  strikes: Strike[]
  /** Sends it over a real connection, as bytes. */
  send(sent: Sent): Promise<Struck>
}

interface Route {
  method: string
  url: string
  /** parameters of the query that change the page */
  looksAt: readonly string[]
}

/** Heads that a browser, a proxy or a feed reader sends. */
const heads = [
  ...['user-agent', 'referer', 'origin', 'accept', 'accept-language', 'accept-encoding', 'cookie'],
  ...['if-none-match', 'if-modified-since', 'if-range', 'range', 'host', 'content-type', 'authorization'],
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-prefix',
    'x-real-ip',
    'forwarded',
  ],
  ...['x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-csrf-token', 'x-amz-sns-message-type'],
  ...['sec-fetch-site', 'expect', 'te', 'cache-control', 'accept-datetime', 'onion-location'],
]

/** What the query of any page may hold, though most pages look at none of it. */
const parameters = ['q', 'page', 'before', 'after', 'token', 'next', 'csrf', 'sort', 'p', 'utm_source']

/**
 * A paper that listens, and every place in which a stranger may put a text: found by its routes and by the forms on its pages, so
 * that a new one is struck without being named here.
 */
export async function openTarget(): Promise<Target> {
  const routes: Route[] = []
  const note = ({ method, url, config }: RouteOptions) => {
    const looksAt =
      url === '/search' ? ['q', 'page'] : url === '/admin/setup' ? ['token'] : (config?.kept ?? [])
    for (const one of [method].flat())
      if (one === 'GET' || one === 'POST') routes.push({ method: one, url, looksAt })
  }
  const press = await openNewsroom({ RATE_LIMITS: 'off', TRUST_PROXY: 'on' }, { onRoute: note })
  await press.publish({ slug: 'here', tags: ['ink'] })
  const url = await press.http.listen({ port: 0, host: '127.0.0.1' })
  const open = routes.filter(isOpen)
  const strikes = [
    ...open.filter(({ method, url }) => method === 'GET' && /[:*]/.test(url)).flatMap(addressStrikes),
    ...open.filter(({ method }) => method === 'GET').flatMap(parameterStrikes),
    ...open.filter(({ method }) => method === 'POST').flatMap(postStrikes),
    ...(await formStrikes(press)),
    ...['/', '/feed.xml', '/search?q=ink', '/tips', '/admin/sign-in'].flatMap(headStrikes),
  ]
  return { routes: open, strikes, send: sender(url) }
}

/**
 * What is wrong with an answer: it broke, it is nothing that a person can read, the text came back as markup, it leads to another
 * site, or it sets what the text told it to.
 */
export function harmIn({ status, headers, body }: Struck, text: string, place: string): string[] {
  const type = String(headers['content-type'] ?? '')
  const { location = '' } = headers
  const wrong = [
    status >= 500 && `answered ${status} ${status === 599 ? body : ''}`,
    // A head that is too long, or no HTTP, is refused before any page could be made.
    status >= 400 &&
      ![400, 414, 431].includes(status) &&
      !/text\/html|application\/json|^$/.test(type) &&
      `refuses as ${type}`,
    /^text\/html/.test(type) && isMarkup(text) && body.includes(text) && 'gives the markup back',
    location &&
      !/^\/(?![/\\])/.test(location) &&
      !location.startsWith('http://localhost:3000/') &&
      `leads to ${location}`,
    /pwned/.test(String(headers['set-cookie'] ?? '')) && 'sets a cookie',
  ]
  return wrong.filter(one => one !== false && one !== '').map(one => `${place} ${one}: ${text.slice(0, 100)}`)
}

const isMarkup = (text: string) => /<[a-z/!]/i.test(text) && text.length > 4

// What stands behind a sign-in answers everybody else the same; the desk's own fields are struck by those who may use them.
function isOpen({ url }: Route): boolean {
  return !url.startsWith('/admin') || /^\/admin\/(setup|sign-in|invitation|reset|confirm-email)/.test(url)
}

const part = (text: string) => encodeURIComponent(text.toWellFormed()).slice(0, 15_000)
const pathOf = (url: string, text: string) => url.replace(/:\w+(\(\^.*?\$\))?|\*/g, () => part(text))

function addressStrikes({ url }: Route): Strike[] {
  return [{ place: `GET ${url}`, with: text => ({ url: pathOf(url, text) }) }]
}

function parameterStrikes({ url, looksAt }: Route): Strike[] {
  const path = pathOf(url, 'here')
  const query = (names: readonly string[], text: string) =>
    names.map(name => `${name}=${part(text).slice(0, 12_000 / names.length)}`).join('&')
  return [
    {
      place: `GET ${url}?any`,
      with: text => ({ url: `${path}?${part(text).slice(0, 1_000)}=x&${query(parameters, text)}` }),
    },
    ...looksAt.map(name => ({
      place: `GET ${url}?${name}`,
      with: (text: string) => ({ url: `${path}?${query([name, name], text)}` }),
    })),
  ]
}

/** A POST to an address that names nobody, with a field that nobody asked for. */
function postStrikes({ url }: Route): Strike[] {
  const path = pathOf(url, 'here')
  const post = (text: string) => ({ method: 'POST', ...form({ [text.toWellFormed()]: text.toWellFormed() }) })
  return [
    { place: `POST ${url}, any field`, with: text => ({ ...post(text), url: path }) },
    {
      place: `POST ${url}, as JSON`,
      with: text => ({
        ...{ method: 'POST', url: path, headers: { 'content-type': 'application/json' } },
        payload: JSON.stringify({ [text]: text, email: text, type: text, event: text }),
      }),
    },
    ...(/[:*]/.test(url)
      ? [{ place: `POST ${url}`, with: (text: string) => ({ ...post('x'), url: pathOf(url, text) }) }]
      : []),
  ]
}

/** Every field of every form that a reader, a source or somebody at the desk's door is shown. */
async function formStrikes(press: Newsroom): Promise<Strike[]> {
  const strikes: Strike[] = []
  const seen = new Set<string>()
  const take = (html: string, page: string) => {
    for (const { method, action, fields, multipart: inParts } of formsIn(html, page)) {
      for (const { name } of fields) {
        const key = `${method} ${action} ${name}`
        if (seen.has(key)) continue
        seen.add(key)
        const others = fields.filter(field => field.sent && field.kind !== 'file')
        const given = (text: string) =>
          Object.fromEntries([...others.map(({ name, value }) => [name, value]), [name, text.toWellFormed()]])
        const sent = (text: string): Sent =>
          method === 'GET'
            ? { url: `${action}?${new URLSearchParams(given(text)).toString().slice(0, 15_000)}` }
            : { method, url: action, ...(inParts ? multipart(given(text)) : form(given(text))) }
        strikes.push({
          place: `${key} (a form)`,
          with: sent,
        })
      }
    }
  }
  for (const page of [
    '/',
    '/articles/here',
    '/newsletter',
    '/search?q=ink',
    '/tips',
    '/tips/return',
    '/contribute',
  ])
    take((await press.http.inject(page)).body, page)
  await takeReadersForms(press, take)
  await takeSourcesForms(press, take)
  await takeDoors(press, take)
  return [...strikes, ...fileNameStrikes()]
}

type Take = (html: string, page: string) => void

async function takeReadersForms(press: Newsroom, take: Take): Promise<void> {
  const { preferences, leave, confirm } = await join(press)
  await signUp(press, { email: 'other@example.org' })
  const waiting = /\/newsletter\/confirm\/[\w-]+/.exec((await mails(press)).at(-1)?.text ?? '')?.[0] ?? ''
  for (const page of [preferences, `${preferences}/erasure`, leave, confirm, waiting])
    take((await press.http.inject(page)).body, page)
}

async function takeSourcesForms(press: Newsroom, take: Take): Promise<void> {
  const message = 'Something happened.'
  const received = await press.http.inject({ method: 'POST', url: '/tips', ...form({ message }) })
  const codename = codenameIn(received.body)
  take(received.body, '/tips')
  const back = await press.http.inject({ method: 'POST', url: '/tips/return', ...form({ codename }) })
  take(back.body, '/tips/return')
}

async function takeDoors(press: Newsroom, take: Take): Promise<void> {
  const setup = (await press.staff.setupLink()) ?? ''
  const ada = { name: 'Ada', email: 'ada@example.org', role: 'owner' as const }
  for (const page of [setup.slice(setup.indexOf('/admin')), '/admin/sign-in', '/admin/reset'])
    take((await press.http.inject(page)).body, page)
  await press.staff.addAccount({ ...ada, password: 'seven horses on a green hill' })
}

function fileNameStrikes(): Strike[] {
  const named = (text: string) =>
    text
      .toWellFormed()
      .replace(/[\r\n"]/g, '')
      .slice(0, 3_000)
  return [
    {
      place: 'POST /tips, the name of a file',
      with: text => ({
        ...{ method: 'POST', url: '/tips' },
        ...multipart({ message: 'x', contact: '' }, [{ name: named(text), content: 'x' }]),
      }),
    },
  ]
}

function headStrikes(url: string): Strike[] {
  return heads.map(name => ({
    place: `GET ${url}, ${name}`,
    with: text => {
      const value = headValue(text)
      return value ? { url, headers: { [name]: value } } : undefined
    },
  }))
}

// The bytes of UTF-8, without those that end a head: no client can send them inside of one.
function headValue(text: string): string {
  return Buffer.from(Buffer.from(text.toWellFormed()).filter(byte => byte >= 32 && byte !== 127))
    .toString('latin1')
    .trim()
    .slice(0, 7_000)
}

function sender(origin: string): Target['send'] {
  const kept = new Agent({ keepAlive: true, maxSockets: 8 })
  return async sent => {
    try {
      return await over(kept, origin, sent)
    } catch {
      // A connection may end between two requests; what ends again, on one of its own, has got no answer.
      return over(new Agent(), origin, sent).catch(error => ({ ...silence, body: String(error) }))
    }
  }
}

const silence: Struck = { status: 599, headers: {}, body: '', took: 0 }

function over(
  agent: Agent,
  origin: string,
  { method = 'GET', url, headers = {}, payload = '' }: Sent,
): Promise<Struck> {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const length = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(payload)) }
    const options = { method, path: url, agent, headers: { ...headers, ...length }, timeout: 30_000 }
    const sent = request(origin, options, answer => {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          ...{ status: answer.statusCode ?? 0, headers: answer.headers },
          ...{ body: Buffer.concat(chunks).toString(), took: performance.now() - begun },
        }),
      )
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer for 30 s')))
    sent.end(payload)
  })
}
