import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { tableMeanings } from '../../src/tips/source/holdings/columns.js'
import {
  lineHeaders,
  logLines,
  requestHeaders,
  responseHeaders,
} from '../../src/tips/source/holdings/traffic.js'
import { columnsOf, openTipStore, type TipStore, tipsRepository } from '../../src/tips/store/index.js'
import { form, openPress, type Press, temporaryFolder } from '../support/press.js'
import { codenameIn, multipart, sessionIn } from '../support/tips.js'

const onion = `http://${'a'.repeat(56)}.onion`

async function emptyStore(): Promise<TipStore> {
  const store = await openTipStore({ dataDir: await temporaryFolder(), clock: () => new Date() })
  onTestFinished(() => store.close())
  return store
}

/** Columns of the database that the page would not explain, and explanations of columns that there are not. */
async function differences(store: TipStore): Promise<string[]> {
  const live = (await columnsOf(store.db)).map(({ table, column }) => `${table}.${column}`)
  const named = Object.entries(tableMeanings).flatMap(([table, { columns }]) =>
    Object.keys(columns).map(column => `${table}.${column}`),
  )
  return [
    ...live.filter(column => !named.includes(column)).map(column => `${column} is not explained`),
    ...named.filter(column => !live.includes(column)).map(column => `${column} does not exist`),
  ]
}

describe('what the page names is what there is:', () => {
  test('every column of the tip line’s database, and no other', async () => {
    const store = await emptyStore()
    expect(await differences(store)).toEqual([])
    await store.db.script('alter table tips add column arrived text; create table visits (address text)')
    expect(await differences(store)).toEqual([
      'tips.arrived is not explained',
      'visits.address is not explained',
    ])
  })

  test('every line that the source’s side may log, and no other; nothing is printed past the log', () => {
    const sources = sourcesOf('src/tips/source', 'src/tips/store', 'src/tips/sealing', 'src/tip-door.ts')
    const calls = sources.flatMap(({ text }) => [
      ...[...text.matchAll(/\blog\??\.(?:fatal|error|warn|info|debug|trace)\((.*)\)/g)].map(([, call]) =>
        balanced(call ?? ''),
      ),
      ...[...text.matchAll(/\bfailure: ('.*')/g)].map(([, call]) => call),
    ])
    expect([...new Set(calls)].sort()).toEqual(logLines.map(({ call }) => call).sort())
    const past = sources.filter(({ text }) => /\bconsole\.|process\.(stdout|stderr)/.test(text))
    expect(past.map(({ file }) => file)).toEqual([])
  })

  test('every header that is read, whoever in the program reads it, and every header that is sent', async () => {
    const sent = new Set<string>()
    const press = await openPress({ SITE_URL: 'https://paper.example', ONION_URL: onion })
    const reading = watchHeaders(press)
    const address = await press.http.listen({ port: 0, host: '127.0.0.1' })
    await wanderAround(press, address, name => void sent.add(name))
    const read = [...reading].filter(name => !(name in lineHeaders))
    expect(read.sort()).toEqual(Object.keys(requestHeaders).sort())

    expect([...sent].filter(name => !(name in responseHeaders))).toEqual([])
    expect(Object.keys(responseHeaders).filter(name => !sent.has(name))).toEqual([])
    expect(sent).not.toContain('set-cookie')
  })

  test('the network address is looked at to count, and for nothing else', () => {
    const looks = sourcesOf('src/tips/source', 'src/tips/store', 'src/tips/sealing').flatMap(
      ({ file, text }) =>
        [...text.matchAll(/.*(\.ips?\b|socket|remoteAddress|rawHeaders|\.headers\b.*\bin\b).*/g)].map(
          ([line]) => `${path.basename(file)}: ${line.trim()}`,
        ),
    )
    expect(looks.filter(line => !/clientKey\(request\.ip\)|raw\.rawHeaders\.length = 0/.test(line))).toEqual(
      [],
    )
    expect(looks.length).toBeGreaterThan(0)
  })
})

test('the page is made from the database and the settings as they are', async () => {
  const press = await openPress()
  const store = await openTipStore({ dataDir: press.dataDir, clock: () => new Date(), doors: 'newsroom' })
  onTestFinished(() => store.close())
  const shown = async () => (await press.http.inject('/tips/what-we-hold')).body
  const before = await shown()
  for (const { table, column } of await columnsOf(store.db)) {
    expect(before).toContain(`<h3><code>${table}</code></h3>`)
    expect(before).toContain(`<code>${column}</code>`)
  }
  for (const name of [...Object.keys(requestHeaders), ...Object.keys(responseHeaders)])
    expect(before).toContain(`<code>${name}</code>`)
  for (const { says } of logLines) expect(before).toContain(says)
  expect(before).toContain('<strong>90 days</strong>')
  expect(/.*Nobody has said what this is/.exec(before)).toBeNull()

  await store.db.script(
    'update tip_settings set retention_days = 30; alter table tips add column arrived text',
  )
  const after = await shown()
  expect(after).toContain('<strong>30 days</strong>')
  expect(after).toMatch(/<code>arrived<\/code><\/dt><dd>Nobody has said what this is/)
  expect((await press.http.inject('/tips')).body).toContain('href="/tips/what-we-hold"')
})

/** Notes the name of every header that somebody finds in a request below /tips from now on. */
function watchHeaders({ http }: Press): Set<string> {
  const found = new Set<string>()
  http.server.prependListener('request', (incoming: IncomingMessage) => {
    const look = <Value>(name: string | symbol, value: Value): Value => {
      if (typeof name === 'string' && value !== undefined) found.add(name)
      return value
    }
    const watching = new Proxy(incoming.headers, {
      get: (target, name) => look(name, Reflect.get(target, name)),
    })
    Object.defineProperty(incoming, 'headers', { value: watching })
    incoming.on('close', () => {
      for (const name of [...Object.keys(incoming.headers), ...incoming.rawHeaders]) found.add(name)
    })
  })
  return found
}

type Note = (header: string) => void

/** Goes through all that the source's door answers, in every state: well, wrongly, too much, too often, broken. */
async function wanderAround(press: Press, address: string, note: Note): Promise<void> {
  let host = 'paper.example'
  const ask = (url: string, body?: { payload: string | Buffer; headers: Record<string, string> }) =>
    new Promise<string>((resolve, reject) => {
      const headers = {
        host,
        ...body?.headers,
        ...(body ? { 'content-length': Buffer.byteLength(body.payload) } : {}),
        ...(body ? { origin: 'https://paper.example', 'sec-fetch-site': 'same-origin' } : {}),
        ...{ 'user-agent': 'x', 'accept-language': 'x', referer: 'x', accept: 'text/html', dnt: '1' },
        'accept-encoding': 'gzip, br',
      }
      const asking = request(
        `${address}${url}`,
        { method: body ? 'POST' : 'GET', headers, localAddress: '127.0.0.9' },
        answer => {
          for (const name of Object.keys(answer.headers)) note(name)
          let text = ''
          answer.setEncoding('utf8').on('data', chunk => {
            text += chunk
          })
          answer.on('end', () => resolve(`${answer.statusCode} ${text}`))
        },
      )
      asking.on('error', reject)
      asking.end(body?.payload)
    })
  const expecting = async (status: number, answer: Promise<string>): Promise<string> => {
    expect((await answer).slice(0, 3)).toBe(String(status))
    return answer
  }

  for (const url of ['/tips', '/tips/return', '/tips/what-we-hold', '/tips/script.js'])
    await expecting(200, ask(url))
  await expecting(404, ask('/tips/nowhere'))
  await expecting(415, ask('/tips', { payload: '{}', headers: { 'content-type': 'application/json' } }))
  await expecting(
    400,
    ask('/tips', { payload: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
  )
  await expecting(413, ask('/tips', form({ message: 'x'.repeat(50_001) })))
  await expecting(422, ask('/tips', form({ message: '' })))
  const sent = await expecting(
    200,
    ask('/tips', multipart({ message: 'x' }, [{ name: 'a.txt', content: 'a' }])),
  )
  await expecting(422, ask('/tips/return', form({ codename: 'seven words which lead nowhere at all' })))
  const codename = codenameIn(sent)
  const session = sessionIn(await expecting(200, ask('/tips/return', form({ codename }))))
  await expecting(200, ask('/tips/return/messages', multipart({ session, message: 'y' })))
  await reply(press)
  await expecting(200, ask('/tips/return/parts/3', form({ session })))
  await expecting(200, ask('/tips/return/ending', form({ session })))
  host = new URL(onion).host
  const again = sessionIn(await expecting(200, ask('/tips/return', form({ codename }))))
  await expecting(422, ask('/tips/return/erasure', form({ session: again })))
  await expecting(200, ask('/tips/return/erasure', form({ session: again, certain: 'yes' })))
  rmSync(path.join(press.dataDir, 'tips/staging'), { recursive: true })
  await expecting(500, ask('/tips', form({ message: 'x' })))
  for (let count = 0; count < 10; count++) await ask('/tips', form({ message: '' }))
  await expecting(429, ask('/tips', form({ message: '' })))
}

/** The newsroom answers the only tip there is. */
async function reply({ dataDir }: Press): Promise<void> {
  const { db, sealed, close } = await openTipStore({ dataDir, clock: () => new Date(), doors: 'newsroom' })
  const [tip] = await tipsRepository(db).list(1, {})
  const part = { batch: 3, number: 0, day: '2021-01-04', kind: 'reply' as const }
  const staged = sealed.stage([tip?.sourceKey ?? ''])
  await staged.message('Thank you', '')
  await staged.keep(tip?.id ?? '', part)
  await tipsRepository(db).addPart(tip?.id ?? '', part)
  await close()
}

/** Without the brackets that close something before it. */
function balanced(text: string): string {
  const count = (bracket: string) => text.split(bracket).length
  return count(')') > count('(') ? balanced(text.slice(0, -1)) : text
}

function sourcesOf(...places: string[]): { file: string; text: string }[] {
  const files = places.flatMap(place => {
    const root = path.join(programFolder, place)
    if (place.endsWith('.ts')) return [root]
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map(name => path.join(root, name))
  })
  return files.map(file => ({ file, text: readFileSync(file, 'utf8') }))
}
