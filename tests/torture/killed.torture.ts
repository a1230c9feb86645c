import { expect, test } from 'vitest'
import { mailWhileKilled } from './killed.js'

test('10,000 readers and a program killed twenty times: nobody is missed, and duplicates can be told', async () => {
  const result = await mailWhileKilled({ readers: 10_000, kills: 20, seed: 2_024 })
  process.stdout.write(`${JSON.stringify(result)}\n`)
  expect(result.progress.accepted).toBeGreaterThan(8_000)
}, 900_000)
