import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { desk, setUp } from '../staff/door.js'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock, openPress, type Press } from '../support/press.js'

test('the desk says what the public reaches and what can be done from the command line', async () => {
  const press = await openPress({ SITE_URL: 'https://news.example.org', SMTP_URL: 'smtp://127.0.0.1' })
  const { body } = await desk(press, await setUp(press))
  expect(body).toContain('https://news.example.org')
  expect(body).toContain('href="/feed.xml"')
  expect(body).toContain('https://news.example.org/tips')
  expect(body).toContain('npx handpress import markdown PATH')
  expect(body).toContain('npx handpress tips open --identity FILE')
})

test('its style and script are our own files, which the policy allows', async () => {
  const press = await openPress()
  const answer = await desk(press, await setUp(press))
  expect(answer.headers['content-security-policy']).toMatch(/script-src 'self'; style-src 'self' 'nonce-/)
  const files = [...answer.body.matchAll(/(?:href|src)="(\/assets\/desk-[^"]+)"/g)].map(
    match => match[1] ?? '',
  )
  expect(files).toHaveLength(2)
  for (const file of files) expect((await press.http.inject(file)).statusCode).toBe(200)
})

const sound = { SMTP_URL: 'smtp://127.0.0.1', SITE_URL: 'https://news.example.org' }

const mark = (press: Press, at: string) => writeFile(path.join(press.dataDir, 'last-backup'), `${at}\n`)

test('the desk says that the newsroom’s key is on the server, until the file is gone', async () => {
  const time = movableClock()
  const press = await openPress(sound, { clock: time.clock })
  await mark(press, '2021-01-03T12:00:00.000Z')
  const cookie = await setUp(press)
  expect((await desk(press, cookie)).body).toContain('secret key is still on this machine')
  await rm(path.join(press.dataDir, 'newsroom-key.txt'))
  const { body } = await desk(press, cookie)
  expect(body).not.toContain('secret key')
  expect(body).toContain('Nothing needs your attention.')
})

test('the desk says that there is no backup, and when the last one is older than a week', async () => {
  const time = movableClock()
  const press = await openPress(sound, { clock: time.clock })
  const cookie = await setUp(press)
  const body = async () => (await desk(press, cookie)).body
  expect(await body()).toContain('No backup has been made')
  await mark(press, 'yesterday')
  expect(await body()).toContain('No backup has been made')
  await mark(press, time.clock().toISOString())
  expect(await body()).not.toMatch(/No backup|last backup/)
  time.advance(7 * 86_400_000 + 1)
  expect(await body()).toContain('The last backup is older than a week')
})

test('the desk says that mail is not sent and that the paper is not on https', async () => {
  const press = await openPress()
  const { body } = await desk(press, await setUp(press))
  expect(body).toContain('Mail is not sent yet')
  expect(body).toContain('The paper is not served over https')
})

test('what concerns the machine is for owners only', async () => {
  const press = await openPress()
  for (const role of ['editor', 'author', 'contributor'] as const) {
    const { body } = await (await colleague(press, role)).get('/admin')
    expect(body, role).not.toMatch(/secret key|backup|https:|outbox|handpress import/i)
  }
})

test('editors hear of published pictures that say nothing to those who cannot see them', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const bytes = await readFile(path.join(programFolder, '.github/front-page.webp'))
  const { id } = await press.media.add('silent.webp', bytes)
  const hero = { media: id, alt: '', caption: '', credit: '' }
  await press.publish({ title: 'Silent', hero })
  const { body } = await editor.get('/admin')
  expect(body).toContain('One published article has a picture without a description')
  expect(body).toMatch(/href="\/admin\/articles\/[^"]+" dir="auto">Silent</)
  expect(body).toContain('href="/admin/media?show=without-alt"')
  await press.publish({ slug: 'story-1', title: 'Silent', hero: { ...hero, alt: 'A press.' } })
  expect((await editor.get('/admin')).body).not.toContain('published article has a picture')
  const author = await colleague(press, 'author')
  expect((await author.get('/admin')).body).not.toContain('without a description')
})

test('editors hear of articles that wait since a restore', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  await press.publish({ slug: 'late', title: 'Overdue', status: 'scheduled' })
  await press.db.run(sql`update articles set held = 1 where slug = 'late'`)
  const { body } = await editor.get('/admin')
  expect(body).toContain('One scheduled article is held')
  expect(body).toContain('Overdue')
})
