import { readdir } from 'node:fs/promises'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { newKeyPair } from '../src/tips/sealing/newsroom-key.js'
import { colleague } from './support/desk.js'
import { leaveHandles, limit } from './support/limits.js'
import { formFields, newArticle } from './support/manuscripts.js'
import { signUp } from './support/newsletter.js'
import { openNewsroom } from './support/newsroom.js'
import { form, sharedByTests } from './support/press.js'
import { type Program, serveProgram } from './support/program.js'
import { sealedParts } from './support/tips.js'
import { ask } from './support/workers.js'

const served = sharedByTests(async () => {
  const { recipient } = await newKeyPair('2020-12-24')
  return serveProgram({ TIPS_RECIPIENTS: recipient, RATE_LIMITS: 'off', LOG_LEVEL: 'warn' })
})

let count = 0
const join = ({ url }: Program) => ask(`${url}/newsletter`, form({ email: `r${count++}@example.org` }))
const tip = ({ url }: Program) => ask(`${url}/tips`, form({ message: 'The ledger lies in the mill.' }))
const ready = async ({ url }: Program) => ask(`${url}/readyz`)

async function readsGoOn({ url }: Program): Promise<void> {
  for (const page of ['/', `/search?q=press+${count++}`, '/newsletter', '/tips', '/feed.xml', '/healthz'])
    expect([page, (await ask(`${url}${page}`)).status]).toEqual([page, 200])
}

async function recovers(program: Program): Promise<void> {
  const mended = performance.now()
  for (const write of [join, tip])
    await expect.poll(async () => (await write(program)).status, { timeout: 5_000 }).toBe(200)
  await expect.poll(async () => (await ready(program)).status, { timeout: 5_000 }).toBe(200)
  expect(performance.now() - mended).toBeLessThan(5_000)
}

test('while nothing more can be written, writes say so with 503 and keep what was typed, and pages are read as ever', async () => {
  const program = await served()
  const pid = program.child.pid ?? 0
  await join(program)
  const kept = sealedParts(program.dataDir).length
  limit(pid, 'fsize', 0)
  const joined = await join(program)
  expect(joined.status).toBe(503)
  expect(joined.headers['retry-after']).toBe('5')
  expect(joined.body).toContain('nothing was saved')
  expect(joined.body).toMatch(/name="email" value="r\d+@example.org"/)
  const sent = await tip(program)
  expect(sent.status).toBe(503)
  expect(sent.headers['retry-after']).toBe('5')
  expect(sent.body).toMatch(/<textarea[^>]*>\s*The ledger lies in the mill\.<\/textarea>/)
  await expect.poll(async () => (await ready(program)).status).toBe(503)
  expect(JSON.parse((await ready(program)).body).checks.writes).toBe('disk')
  await readsGoOn(program)
  limit(pid, 'fsize', 'unlimited')
  await recovers(program)
  expect(sealedParts(program.dataDir)).toHaveLength(kept + 1)
  expect(await readdir(path.join(program.dataDir, 'tips/staging'))).toEqual([])
})

test('without a file handle to spare, pages are read, what needs a file says so, and the program lives', async () => {
  const program = await served()
  const pid = program.child.pid ?? 0
  await readsGoOn(program)
  // One handle for whoever asks, none for a file.
  await leaveHandles(pid, 1)
  await readsGoOn(program)
  const sent = await tip(program)
  expect(sent.status).toBe(503)
  expect(sent.body).toContain('too many files and connections open')
  expect((await join(program)).status).toBe(200)
  limit(pid, 'nofile', 'unlimited')
  await recovers(program)
})

test('while another program holds the database, the desk says since when, keeps what was written, and shows its pages', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await newArticle(author)
  const article = `/admin/articles/${id}`
  const typed = {
    ...(await formFields(author, id)),
    title: 'The mill & the ledger',
    body: 'A text\nof two lines.',
  }
  const other = new Sqlite(path.join(press.dataDir, 'site.db'))
  other.exec('begin immediate')
  const json = { accept: 'application/json' }
  const [joined, saved, asked, shown] = await Promise.all([
    signUp(press, { email: 'reader@example.org' }),
    author.post(article, typed),
    author.post(article, typed, json),
    author.get(article),
  ])
  expect([joined.statusCode, saved.statusCode, asked.statusCode, shown.statusCode]).toEqual([
    503, 503, 503, 200,
  ])
  expect(saved.body).toContain('name="title" value="The mill &amp; the ledger"')
  expect(saved.body).toContain('name="body" value="A text\nof two lines."')
  expect(saved.body).toContain('Send it again')
  expect(asked.json()).toMatchObject({ problem: expect.stringContaining('nothing was saved'), retryAfter: 5 })
  const desk = await author.get('/admin')
  expect(desk.statusCode).toBe(200)
  expect(desk.body).toMatch(/Another program holds the database.*Since \d{4}-\d\d-\d\d \d\d:\d\d UTC/s)
  other.exec('rollback')
  other.close()
  expect((await author.post(article, typed)).statusCode).not.toBe(503)
  expect((await signUp(press, { email: 'reader@example.org' })).statusCode).toBe(200)
  await expect
    .poll(async () => (await author.get('/admin')).body, { timeout: 5_000 })
    .not.toContain('Another program holds')
})
