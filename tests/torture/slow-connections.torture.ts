import { expect, test } from 'vitest'
import { percentile } from '../bench/figures.js'
import { serveProgram } from '../support/program.js'
import { hold, openAt, type Slowness, slow, slowReader } from '../support/slow-connections.js'
import { ask } from '../support/workers.js'

const OF_EACH = 500
const HELD = 60_000
const PROBES_APART = 50

test('500 slow heads, 500 slow bodies and 500 slow readers, again and again for a minute: each is shut out within 20 s, and others are answered', async () => {
  // The sample edition with its pictures made: making them takes the processor from whoever is measured.
  const { url } = await serveProgram({ RATE_LIMITS: 'off', LOG_LEVEL: 'warn' })
  const port = Number(new URL(url).port)
  const [, picture = ''] = /src="(\/media\/[^"]+)"/.exec((await ask(url)).body) ?? []
  const ways = [slow.head, slow.body, slowReader(picture)]
  const way = (number: number) => ways[number % ways.length] as Slowness

  const since = new Map<number, number>()
  const lives: number[] = []
  const probes: number[] = []
  const begun = performance.now()
  const isOver = () => performance.now() - begun > HELD

  const keepUp = async () => {
    for (let n = 0; n < ways.length * OF_EACH; n++) since.set(await hold(port, way(n)), performance.now())
  }
  const probe = async () => {
    while (!isOver()) {
      const asked = performance.now()
      expect((await ask(url)).status).toBe(200)
      probes.push(performance.now() - asked)
      await pause(PROBES_APART)
    }
  }
  const count = async () => {
    while (!isOver() || since.size) {
      await pause(250)
      const open = openAt(port)
      // Of those that were there when it looked: new ones would be taken for shut out.
      for (const [one, opened] of [...since])
        if (!open.has(one)) {
          lives.push(performance.now() - opened)
          since.delete(one)
          if (!isOver()) since.set(await hold(port, way(lives.length)), performance.now())
        }
    }
  }
  await Promise.all([keepUp().then(count), probe()])
  const figures = { shutOut: lives.length, longest: Math.max(...lives), p99: percentile(probes, 0.99) }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  expect(figures.shutOut).toBeGreaterThan(ways.length * OF_EACH)
  expect(figures.longest).toBeLessThan(20_000)
  expect(figures.p99).toBeLessThan(500)
}, 300_000)

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
