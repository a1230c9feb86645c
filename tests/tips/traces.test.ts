import { statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { type Answer, type Body, type MarkedSource, markedSource } from '../support/marked-source.js'
import { markedTip } from '../support/marked-tip.js'
import { type Mark, textMarks, tracesOf } from '../support/marks.js'
import { changesBelow, leavings } from '../support/places.js'
import { form } from '../support/press.js'
import { type Program, serveProgram, serveTipDoor } from '../support/program.js'
import { codenameIn, filesBelow, multipart, sessionIn } from '../support/tips.js'

const MB = 1_048_576

type Tip = ReturnType<typeof markedTip>
type Way = [what: string, status: number | number[], go: () => Promise<Pick<Answer, 'status'>>]

test('a marked tip leaves no trace on the disk, in the output or in an open file, down every path and past a crash', async () => {
  const paper = await serveProgram({ LOG_LEVEL: 'trace' })
  const changes = changesBelow(paper.dataDir, '/tmp')
  const tip = markedTip()
  const first = markedSource(paper.url, '127.77.13.37')
  // So much goes wrong here that it is too much from one address.
  const second = markedSource(paper.url, '127.77.13.38')
  const marks = [...first.marks, ...second.marks, ...tip.marks]

  const codename = codenameIn((await first.post('/tips', tip.form())).body)
  marks.push(...secrets(codename))
  await follow(refusals(first, tip))
  await follow(await sealedForms(second, tip, paper))
  await follow(failures(second, tip, paper))
  await follow(addresses(first, tip))
  await follow(malformed(first, tip))
  const session = sessionIn((await second.post('/tips/return', form({ codename }))).body)
  marks.push(...textMarks('session', session))
  await follow(returning(second, tip, session))
  await cutOff(second, tip, paper)
  expect(tracesOf(marks, leavings(paper, changes))).toEqual([])

  first.begin('/tips', tip.form(4 * MB), 2 * MB)
  await until(() => stagedBytes(paper) > MB)
  paper.child.kill('SIGKILL')
  await paper.ended
  expect(tracesOf(marks, leavings(paper, changes))).toEqual([])

  const environment = { TRUST_PROXY: 'on', RATE_LIMITS: 'on', LOG_LEVEL: 'trace' }
  const door = await serveTipDoor(paper.dataDir, environment)
  const third = markedSource(door.url, '127.77.13.37')
  marks.push(...third.marks)
  await follow(again(third, tip, codename))
  expect(tracesOf(marks, leavings(door, changes))).toEqual([])
})

async function follow(ways: Way[]): Promise<void> {
  for (const [what, status, go] of ways) expect([status].flat(), what).toContain((await go()).status)
}

/** A codename in every way in which people and programs write it. */
function secrets(codename: string): Mark[] {
  expect(codename.split(' ')).toHaveLength(7)
  return [' ', '-', '', '+'].flatMap(between => textMarks('codename', codename.replaceAll(' ', between)))
}

function refusals({ post }: MarkedSource, tip: Tip): Way[] {
  const { message, contact, content, file, query } = tip
  const files = Array.from({ length: 11 }, (_, number) => ({ name: `${file}${number}`, content }))
  const as = (type: string): Body => ({
    payload: `{"${message}":"${content}"}`,
    headers: { 'content-type': type },
  })
  const elsewhere = { origin: `https://${tip.origin}.example` }
  return [
    ['no message', 422, () => post(`/tips?${query}`, multipart({ message: ' ', contact }, files.slice(1)))],
    ['a long message', 413, () => post('/tips', form({ message: message.repeat(3_000) }))],
    ['large files', 413, () => post('/tips', tip.form(101 * MB))],
    ['many files', 413, () => post('/tips', multipart({ message }, files))],
    [
      'a field twice',
      422,
      () =>
        post(
          '/tips',
          form([
            ['message', message],
            ['message', contact],
          ]),
        ),
    ],
    ['an unknown type', 415, () => post('/tips', as(`application/${query}`))],
    ['a broken form', 400, () => post('/tips', as(`multipart/form-data; boundary=${query}`))],
    ['from another site', 403, () => post('/tips', form({ message }), elsewhere)],
  ]
}

async function sealedForms({ post }: MarkedSource, tip: Tip, paper: Program): Promise<Way[]> {
  const rows = await inTips(paper, db => db.all(sql`select public_key as key from recipients`))
  const seal = () => tip.sealed((rows as { key: string }[]).map(({ key }) => key))
  const [good, other] = [await seal(), await seal()]
  const bad = (name: string) => multipart(tip.proof, [{ name, content: tip.content, field: 'sealed' }])
  return [
    ['sealed', 200, () => post('/tips', good)],
    ['sent twice', 200, () => post('/tips', good)],
    ['a codename twice', 409, () => post('/tips', other)],
    ['not sealed', 422, () => post('/tips', bad('message.age'))],
    ['another name', 422, () => post('/tips', bad(`${tip.file}.age`))],
    ['signing in by lookup id', 200, () => post('/tips/return', form(tip.proof))],
    ['erasing', 200, () => post('/tips/return/erasure', form({ ...tip.proof, certain: 'yes' }))],
  ]
}

function failures({ post }: MarkedSource, tip: Tip, paper: Program): Way[] {
  const without = async (table: string, empty: string) => {
    await inTips(paper, db => db.script(`alter table ${table} rename to hidden; ${empty}`))
    const answer = await post('/tips', tip.form())
    await inTips(paper, db =>
      db.script(`drop table if exists ${table}; alter table hidden rename to ${table}`),
    )
    return answer
  }
  return [
    ['a database that fails', 500, () => without('tips', '')],
    [
      'nobody to seal to',
      503,
      () => without('recipients', 'create table recipients as select * from hidden limit 0'),
    ],
  ]
}

function addresses({ get, post, send }: MarkedSource, tip: Tip): Way[] {
  const { path: unknown, query, host, words } = tip
  return [
    ['the form', 200, () => get(`/tips?${query}=${query}`)],
    ['what is held', 200, () => get(`/tips/what-we-hold?${query}`)],
    ['another host', 200, () => get('/tips', { host })],
    ['a range', 200, () => get('/tips', { range: `bytes=${query}` })],
    ['nowhere', 404, () => get(`/tips/${unknown}?${query}`)],
    ['nowhere below', 404, () => post(`/tips/return/${unknown}`, form({ codename: words }))],
    ['no part', 404, () => get(`/tips/return/parts/${unknown}`)],
    ['another method', 404, () => send('PUT', '/tips', tip.form())],
    ['a broken percent sign', 404, () => get(`/tips/%zz${unknown}`)],
  ]
}

/** What Node's own parser answers, or lets through. */
function malformed({ raw }: MarkedSource, { words, query, host, message }: Tip): Way[] {
  const get = `GET /tips?${query} HTTP/1.1\r\n`
  const post =
    'POST /tips HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=x\r\n'
  return [
    ['no host', 400, () => raw(`${get}user-agent: ${words}\r\n\r\n`)],
    ['a long head', 431, () => raw(`${get}host: ${host}\r\ncookie: ${words.repeat(2_000)}\r\n\r\n`)],
    ['no HTTP', 400, () => raw(`${message} /tips ${words}\r\n\r\n`)],
    ['no colon', 400, () => raw(`${get}host: x\r\n${words}\r\n\r\n`)],
    [
      'a whole address',
      200,
      () => raw(`GET http://${host}/tips HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
    ],
    ['another protocol', 200, () => raw(`${get}host: x\r\nconnection: upgrade\r\nupgrade: ${words}\r\n\r\n`)],
    ['an expectation', 417, () => raw(`${post}expect: ${words}\r\ncontent-length: 3\r\n\r\nx=1`)],
    // Whichever is seen first: that it is too long, or that it ends before.
    ['a huge length', [400, 413], () => raw(`${post}content-length: 999999999\r\n\r\n${message}`)],
    ['a broken chunk', 400, () => raw(`${post}transfer-encoding: chunked\r\n\r\n${message}\r\n`)],
  ]
}

function returning({ get, post }: MarkedSource, tip: Tip, session: string): Way[] {
  const { message, contact, words, query } = tip
  const to = (path: string, body: Body) => () => post(`/tips/return${path}`, body)
  return [
    ['wrong words', 422, () => post('/tips/return', form({ codename: `${words} ${words}` }))],
    ['coming back', 200, to('', form({ session }))],
    ['an address with more behind it', 200, () => get(`/tips/return?before=${query}`)],
    ['earlier replies', 200, to('', form({ session, before: query }))],
    ['no such reply', 404, to('/parts/7', form({ session }))],
    ['more', 200, to('/messages', tip.form(undefined, { session }))],
    ['more of nothing', 422, to('/messages', form({ session, message: '', contact }))],
    ['erasing without a tick', 422, to('/erasure', form({ session, message }))],
    ['leaving', 200, to('/ending', form({ session, contact }))],
    ['after leaving', 422, to('/messages', form({ session, message }))],
  ]
}

/** After the crash, through the source's door alone and behind a proxy that tells addresses. */
function again({ get, post }: MarkedSource, tip: Tip, codename: string): Way[] {
  const proxy = { 'x-forwarded-for': '127.77.13.37', 'x-forwarded-host': `${tip.host}.example` }
  const empty = () => post('/tips', form({ message: '', contact: tip.contact }), proxy)
  return [
    ['what was sent before', 200, () => post('/tips/return', form({ codename }), proxy)],
    ['nowhere', 404, () => get(`/tips/${tip.path}`, proxy)],
    ['outside of the tip line', 404, () => get(`/${tip.path}?${tip.query}`, proxy)],
    [
      'an unknown type',
      415,
      () => post(`/${tip.path}`, { payload: tip.message, headers: { 'content-type': tip.query } }, proxy),
    ],
    ...Array.from({ length: 10 }, (): Way => ['no message', 422, empty]),
    ['too often', 429, empty],
  ]
}

async function cutOff(source: MarkedSource, tip: Tip, paper: Program): Promise<void> {
  const upload = source.begin('/tips', tip.form(4 * MB), 2 * MB)
  await until(() => stagedBytes(paper) > MB)
  await upload.cut()
  await until(() => stagedBytes(paper) === 0)
}

function stagedBytes({ dataDir }: Program): number {
  const files = filesBelow(path.join(dataDir, 'tips/staging'))
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

async function inTips<T>(
  { dataDir }: Program,
  work: (db: ReturnType<typeof openSqlite>) => Promise<T>,
): Promise<T> {
  const db = openSqlite(path.join(dataDir, 'tips/tips.db'), { secureDelete: true })
  return work(db).finally(() => db.close())
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
}
