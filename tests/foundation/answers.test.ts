import { expect, test } from 'vitest'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openNewsroom } from '../support/newsroom.js'
import { openPress } from '../support/press.js'

test('what breaks on our side is told without its inside, with a number that is in the log', async () => {
  const press = await openNewsroom()
  const db = openSqlite(`${press.dataDir}/site.db`)
  await db.script('drop table front_page')
  await db.close()
  const answer = await press.http.inject('/')
  expect(answer.statusCode).toBe(500)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).not.toMatch(/front_page|sqlite|no such table/i)
  const [, number = 'none'] = /<code>([0-9a-f-]{36})<\/code>/.exec(answer.body) ?? []
  expect(press.logged()).toContain(number)
  expect(press.logged()).toContain('no such table: front_page')
})

test('when not even the error page can be made, a sentence is sent', async () => {
  const press = await openPress()
  const db = openSqlite(`${press.dataDir}/site.db`)
  await db.script('drop table settings')
  await db.close()
  const answer = await press.http.inject('/')
  expect(answer.statusCode).toBe(500)
  expect(answer.body).toMatch(/^Something broke on our side/)
  expect((await press.http.inject('/healthz')).json()).toEqual({ status: 'up' })
  expect((await press.http.inject('/readyz')).json()).toEqual({ status: 'ready' })
})

test('https brings HSTS, upgraded requests and Secure cookies; http does not', async () => {
  const secure = await openPress({ SITE_URL: 'https://paper.example' })
  const plain = await openPress()
  const [over, under] = [await secure.http.inject('/newsletter'), await plain.http.inject('/newsletter')]
  expect(over.headers['strict-transport-security']).toMatch(/max-age=\d{8}/)
  expect(over.headers['content-security-policy']).toContain('upgrade-insecure-requests')
  expect(under.headers['strict-transport-security']).toBeUndefined()
  expect(under.headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
})

test('pictures and assets may be kept for good, and by other sites’ readers', async () => {
  const press = await openNewsroom()
  const { default: sharp } = await import('sharp')
  const png = await sharp({ create: { width: 1_000, height: 500, channels: 3, background: '#a02d1b' } })
    .png()
    .toBuffer()
  const picture = await press.media.add('red.png', png)
  expect(picture).toMatchObject({ width: 1_000, height: 500 })
  for (const url of [picture.src, picture.card, picture.srcset.split(' ')[0] as string]) {
    const answer = await press.http.inject(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toContain('immutable')
    expect(answer.headers['cross-origin-resource-policy']).toBe('cross-origin')
  }
  for (const url of ['/media/../site.db', '/media/%2e%2e/site.db', '/media/', '/assets/../package.json']) {
    expect((await press.http.inject(url)).statusCode).toBe(404)
  }
})
