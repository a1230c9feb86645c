import { rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openPress } from '../support/press.js'
import { desk, setUp } from './door.js'

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

test('the desk says that the newsroom’s key is on the server, until the file is gone', async () => {
  const press = await openPress({ SMTP_URL: 'smtp://127.0.0.1' })
  const cookie = await setUp(press)
  expect((await desk(press, cookie)).body).toContain('secret key is still on this machine')
  await rm(path.join(press.dataDir, 'newsroom-key.txt'))
  const { body } = await desk(press, cookie)
  expect(body).not.toContain('secret key')
  expect(body).toContain('Nothing needs your attention.')
})
