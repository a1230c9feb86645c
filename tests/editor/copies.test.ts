import { expect, test } from 'vitest'
import { openCopies } from '../../views/assets/editor/copies.js'

/** What a browser keeps for a site, in the order of its names. */
function storageOf(): Storage {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    key: index => [...kept.keys()][index] ?? null,
    getItem: name => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: name => void kept.delete(name),
    clear: () => kept.clear(),
  }
}

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64url')
const page = (storage: Storage, ...keys: string[]) =>
  openCopies(storage, { account: 'ada', article: 'one', keys })
const fields = { title: 'Unsaved', body: 'A text.' } as never

test('a copy from before the desk’s key was replaced opens while the older one is believed, and not once it is forgotten', () => {
  const storage = storageOf()
  expect(page(storage, key(1)).keep(3, fields)).toBe(true)
  expect(page(storage, key(2), key(1)).left()).toMatchObject([{ version: 3, fields }])
  expect(page(storage, key(2)).left()).toEqual([])
  expect(page(storage, key(2), key(1)).keep(4, fields)).toBe(true)
  expect(page(storage, key(2)).left()).toMatchObject([{ version: 4 }])
})
