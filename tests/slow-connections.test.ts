import { expect, test } from 'vitest'
import { serveProgram } from './support/program.js'
import { said } from './support/raw-http.js'
import { hold, openAt, type Slowness, slow, slowLine, slowReader } from './support/slow-connections.js'

test('who sends or reads next to nothing is shut out, while a slow line that sends on is heard and others are answered', async () => {
  const environment = { SITE_URL: 'https://localhost', RATE_LIMITS: 'off', LOG_LEVEL: 'warn' }
  const { url } = await serveProgram(environment)
  const port = Number(new URL(url).port)
  const front = await (await fetch(url)).text()
  const [, picture = ''] = /src="(\/media\/[^"]+)"/.exec(front) ?? []

  const honest = await slowLine(port)
  const ways = [...Object.values(slow), slowReader(picture)]
  const told = said(port, slow.head.first)
  const held = await Promise.all(
    Array.from({ length: 60 }, (_, n) => hold(port, ways[n % ways.length] as Slowness)),
  )
  expect(held.filter(one => openAt(port).has(one))).toHaveLength(60)
  expect((await fetch(url)).status).toBe(200)

  await expect
    .poll(() => held.filter(one => openAt(port).has(one)).length, { timeout: 30_000, interval: 500 })
    .toBe(0)
  expect(await told).toMatch(
    /^HTTP\/1.1 408 [\s\S]*strict-transport-security: max-age=63072000; includeSubDomains/,
  )
  expect(await honest.end()).toMatch(/^HTTP\/1.1 (?!408)[24]/)
  expect((await fetch(url)).status).toBe(200)
})
