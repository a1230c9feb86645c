import { cp } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Colleague, colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { movableClock, openPress, type Press, temporaryFolder } from '../support/press.js'
import { serveProgram } from '../support/program.js'

const HOUR = 3_600_000

async function paris(press: Press): Promise<void> {
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, timeZone: 'Europe/Paris' })
}

async function draft(who: Colleague, title: string): Promise<string> {
  const id = await newArticle(who)
  await save(who, id, { title, body: 'Some text.', slug: title.toLowerCase() })
  return id
}

const schedule = (who: Colleague, id: string, at: string) =>
  who.post(`/admin/articles/${id}/schedule`, { at })

async function stateOf(press: Press, id: string) {
  const { article } = await press.articles.manuscripts.working(press.db, id)
  return { status: article.status, published: article.published, held: article.held }
}

/** A newsroom in Paris whose clock stands at noon of 4 January 2021, UTC. */
async function openInParis() {
  const { clock, advance } = movableClock()
  const press: Newsroom = await openNewsroom({}, { clock })
  await paris(press)
  const author = await colleague(press, 'author')
  return { press, author, clock, advance }
}

test('a time is read in the paper’s zone, and the article comes out then, not before, with the text it has by then', async () => {
  const { press, author, advance } = await openInParis()
  const id = await draft(author, 'Planned')
  expect((await schedule(author, id, '2021-01-04T15:00')).statusCode).toBe(303)
  expect(await stateOf(press, id)).toEqual({
    status: 'scheduled',
    published: '2021-01-04T14:00:00.000Z',
    held: 0,
  })
  await save(author, id, { body: 'Changed while it waited.' })
  advance(2 * HOUR - 1_000)
  await press.articles.schedule.publishDue()
  expect((await press.http.inject('/articles/planned')).statusCode).toBe(404)
  advance(1_000)
  await press.articles.schedule.publishDue()
  const page = await press.http.inject('/articles/planned')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('Changed while it waited.')
  for (const place of ['/', '/feed.xml', '/search?q=waited'])
    expect((await press.http.inject(place)).body).toContain('/articles/planned')
  expect((await stateOf(press, id)).published).toBe('2021-01-04T14:00:00.000Z')
  expect((await press.audit.verify()).problems).toEqual([])
})

test('an hour that clocks leap over is refused in words, one that comes twice means its first', async () => {
  const { press, author } = await openInParis()
  const id = await draft(author, 'Planned')
  const leapt = await schedule(author, id, '2021-03-28T02:30')
  expect(leapt.statusCode).toBe(422)
  expect(leapt.body).toContain('Clocks in Europe/Paris are put forward over this time')
  expect(leapt.body).toContain('value="2021-03-28T02:30"')
  expect((await schedule(author, id, 'soon')).body).toContain('Choose a day and a time.')
  expect((await stateOf(press, id)).status).toBe('draft')
  await schedule(author, id, '2021-10-31T02:30')
  expect((await stateOf(press, id)).published).toBe('2021-10-31T00:30:00.000Z')
})

test('a time that has passed is refused beside its field, and nothing goes out', async () => {
  const { press, author } = await openInParis()
  const id = await draft(author, 'A year too early')
  const early = await schedule(author, id, '2020-01-04T15:00')
  expect(early.statusCode).toBe(422)
  expect(early.body).toMatch(/id="at-error">This time has passed\./)
  expect(early.body).toContain('value="2020-01-04T15:00"')
  await press.articles.schedule.publishDue()
  expect(await stateOf(press, id)).toMatchObject({ status: 'draft' })
})

test('what is unscheduled or thrown away does not come out', async () => {
  const { press, author, advance } = await openInParis()
  const called = await draft(author, 'Called-off')
  const thrown = await draft(author, 'Thrown-away')
  for (const id of [called, thrown]) await schedule(author, id, '2021-01-04T15:00')
  await author.post(`/admin/articles/${called}/unschedule`)
  await author.post(`/admin/articles/${thrown}/trash`)
  advance(3 * HOUR)
  await press.articles.schedule.publishDue()
  expect((await stateOf(press, called)).status).toBe('draft')
  expect((await press.http.inject('/articles/called-off')).statusCode).toBe(404)
  expect((await press.http.inject('/articles/thrown-away')).statusCode).toBe(404)
  await author.post(`/admin/articles/${thrown}/restore`)
  await press.articles.schedule.publishDue()
  expect(await stateOf(press, thrown)).toMatchObject({ status: 'draft', published: null })
})

test('two programs over one database publish what comes due once each, also after both were stopped', async () => {
  const press = await openNewsroom()
  await paris(press)
  const author = await colleague(press, 'author')
  const ids: string[] = []
  for (let number = 0; number < 12; number++) ids.push(await draft(author, `Planned-${number}`))
  for (const id of ids) await schedule(author, id, '2099-01-04T15:00')
  const soon = new Date(Date.now() + 6_000).toISOString()
  await press.db.run(sql`update articles set published = ${soon} where status = 'scheduled'`)
  await press.http.close()

  const programs = await Promise.all([1, 2].map(() => serveProgram({ DATA_DIR: press.dataDir })))
  for (const { url } of programs)
    for (const number of ids.keys()) await published(`${url}/articles/planned-${number}`)
  for (const { child, ended } of programs) {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
  const again = await openPress({ DATA_DIR: press.dataDir })
  const trail = await auditedPublications(again)
  expect(trail.length).toBe(12)
  expect(new Set(trail).size).toBe(12)
  expect((await again.audit.verify()).problems).toEqual([])
})

test('what came due while the program was down is published when it starts again', async () => {
  const { clock } = movableClock('2021-01-04T12:00:00.000Z')
  const press = await openNewsroom({}, { clock })
  await paris(press)
  const author = await colleague(press, 'author')
  await schedule(author, await draft(author, 'Overslept'), '2021-01-04T15:00')
  await press.http.close()
  const { url } = await serveProgram({ DATA_DIR: press.dataDir })
  await published(`${url}/articles/overslept`)
})

test('one that cannot go out is held and does not keep the others back', async () => {
  const { press, author, advance } = await openInParis()
  const editor = await colleague(press, 'editor')
  const broken = await draft(author, 'Broken')
  const fine = await draft(author, 'Fine')
  await schedule(author, broken, '2021-01-04T14:00')
  await schedule(author, fine, '2021-01-04T15:00')
  await save(author, broken, { body: '' })
  advance(3 * HOUR)
  await press.articles.schedule.publishDue()
  expect((await press.http.inject('/articles/fine')).statusCode).toBe(200)
  expect(await stateOf(press, broken)).toMatchObject({ status: 'scheduled', held: 1 })
  expect((await editor.get('/admin/articles?status=scheduled')).body).toContain('Held')
})

test('in a copy of the data directory overdue articles wait for an editor; after a mere restart they do not', async () => {
  const { press, author, clock, advance } = await openInParis()
  const overdue = await draft(author, 'Overdue')
  const later = await draft(author, 'Later')
  await schedule(author, overdue, '2021-01-04T15:00')
  await schedule(author, later, '2021-01-05T15:00')
  const dataDir = await temporaryFolder()
  await press.http.close()
  await cp(press.dataDir, dataDir, { recursive: true })
  advance(4 * HOUR)

  const restored = await openPress({ DATA_DIR: dataDir }, { clock })
  await restored.articles.schedule.publishDue()
  expect(await stateOf(restored, overdue)).toMatchObject({ status: 'scheduled', held: 1 })
  expect((await restored.http.inject('/articles/overdue')).statusCode).toBe(404)
  const editor = await colleague(restored, 'editor')
  expect((await editor.get('/admin/articles')).body).toContain('Held')
  expect((await editor.get('/admin')).body).toContain('overdue')
  expect((await editor.get(`/admin/articles/${overdue}`)).body).toContain('waits for somebody to decide')
  advance(24 * HOUR)
  await restored.articles.schedule.publishDue()
  expect((await restored.http.inject('/articles/later')).statusCode).toBe(200)
  expect((await restored.http.inject('/articles/overdue')).statusCode).toBe(404)
  expect((await editor.post(`/admin/articles/${overdue}/publish`)).statusCode).toBe(303)
  expect((await restored.http.inject('/articles/overdue')).statusCode).toBe(200)

  const restarted = await openPress({ DATA_DIR: press.dataDir }, { clock })
  await restarted.articles.schedule.publishDue()
  expect((await restarted.http.inject('/articles/overdue')).statusCode).toBe(200)
})

/** Resolves once an address shows its article; the test's own time limit ends the waiting. */
async function published(url: string): Promise<void> {
  while (!(await fetch(url)).ok) await new Promise(resolve => setTimeout(resolve, 100))
}

async function auditedPublications(press: Press): Promise<string[]> {
  const rows = await press.db.all(publications)
  return rows.map(row => (row as { id: string }).id)
}

const publications = sql`select subject_id as id from audit where action = 'published' order by number`
