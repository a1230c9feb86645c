import { expect, test } from 'vitest'
import { mailWhileKilled } from '../torture/killed.js'

test('a program that is killed while it sends misses nobody, and whoever may have it twice is known', async () => {
  const { progress, cut } = await mailWhileKilled({ readers: 600, kills: 3, seed: 7 })
  expect(progress.accepted).toBeGreaterThan(400)
  expect(cut).toBeGreaterThan(0)
})
