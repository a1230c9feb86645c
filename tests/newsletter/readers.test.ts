import { expect, test } from 'vitest'
import { openPress } from '../support/press.js'
import { addReaders } from '../support/readers.js'

test('readers who are brought in are on the list, once', async () => {
  const press = await openPress()
  await addReaders(press, 1_200)
  await addReaders(press, 1_201)
  expect((await press.newsletter.signUpsPerDay(1)).active).toBe(1_201)
})
