import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordChanges } from '../../src/articles/revisions/compare.js'

type Kind = ReturnType<typeof wordChanges>[number]['kind']

test('a comparison holds both texts whole, whatever they are', () => {
  const word = fc.constantFrom('ink ', 'paper ', 'a', '\n\n', '\r\n', '- ', '<b>', '漢', '👩🏽‍🚀', ' ')
  const text = fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 40 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [before, after] = [a.join(''), b.join('')]
      expect(side(wordChanges(before, after), 'removed')).toBe(before)
      expect(side(wordChanges(before, after), 'added')).toBe(after)
    }),
  )
})

test('long texts with nothing in common are compared all the same, whole', { timeout: 30_000 }, () => {
  const long = (seed: number) =>
    Array.from({ length: 60_000 }, (_, index) => `w${(index * seed) % 9_973}`).join(' ')
  const [before, after] = [`Begin ${long(7)} end`, `Begin ${long(13)} end`]
  const parts = wordChanges(before, after)
  expect(side(parts, 'removed')).toBe(before)
  expect(side(parts, 'added')).toBe(after)
  expect(parts[0]).toMatchObject({ kind: 'same' })
})

function side(parts: { kind: Kind; text: string }[], kind: Kind): string {
  return parts
    .filter(part => part.kind === 'same' || part.kind === kind)
    .map(part => part.text)
    .join('')
}
