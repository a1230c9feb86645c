import { expect, test } from 'vitest'
import { z } from 'zod'
import { readOnce } from '../../src/foundation/read-once.js'

const Row = z.object({ id: z.string(), links: z.string().transform(text => JSON.parse(text) as string[]) })
const rows = () => readOnce(row => Row.parse(row), { most: 10 })

test('a row that says what it said is not read again, whoever asks', () => {
  const read = rows()
  const first = read({ id: 'a', links: '["one"]' })
  expect(read({ id: 'a', links: '["one"]' })).toBe(first)
})

test('a row of which anything changed is read anew, and back again', () => {
  const read = rows()
  expect(read({ id: 'a', links: '["one"]' }).links).toEqual(['one'])
  expect(read({ id: 'a', links: '["two"]' }).links).toEqual(['two'])
  expect(read({ id: 'a', links: '["one"]' }).links).toEqual(['one'])
  expect(() => read({ id: 'a', links: null })).toThrow()
})

test('a column more or less is a change as well', () => {
  const read = readOnce(row => ({ ...(row as object) }), { most: 10 })
  expect(read({ id: 'a', dek: undefined })).toHaveProperty('dek')
  expect(read({ id: 'a', title: 'x' })).toEqual({ id: 'a', title: 'x' })
  expect(read({ id: 'a' })).toEqual({ id: 'a' })
})
