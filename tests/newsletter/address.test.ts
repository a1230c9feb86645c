import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAddress } from '../../src/newsletter/address.js'

test.each([
  [' Reader@Example.ORG ', 'Reader@example.org', 'reader@example.org'],
  ["o'neill+news@mail.example.co.uk", "o'neill+news@mail.example.co.uk", "o'neill+news@mail.example.co.uk"],
  ['用户@例え.jp', '用户@xn--r8jz45g.jp', '用户@xn--r8jz45g.jp'],
  ['pelé@example.com', 'pelé@example.com', 'pelé@example.com'],
  ['a@b.museum', 'a@b.museum', 'a@b.museum'],
  ['x@BÜCHER.example', 'x@xn--bcher-kva.example', 'x@xn--bcher-kva.example'],
])('%s is an address', (typed, address, key) => {
  expect(parseAddress(typed)).toEqual({ address, key })
})

test.each([
  '',
  '@',
  'a',
  'a@',
  '@example.org',
  'a@b',
  'a@localhost',
  'a b@example.org',
  'a@exa mple.org',
  'a..b@example.org',
  '.a@example.org',
  'a.@example.org',
  'a@-example.org',
  'a@example-.org',
  'a@example..org',
  'a@127.0.0.1',
  'a@[127.0.0.1]',
  'a@1.2',
  'a@example.c',
  '"a b"@example.org',
  'a@example.org\r\nBcc: x@example.org',
  'a\u0000@example.org',
  'a@example.org>',
  '<a@example.org>',
  'a,b@example.org',
  'a@example.org,b@example.org',
  'a@example.org:25',
  'a@example.org/x',
  'a@%65xample.org',
  `${'a'.repeat(65)}@example.org`,
  `a@${'b'.repeat(64)}.org`,
  `a@${'b.'.repeat(130)}org`,
  'a\u202eb@example.org',
  '\ud800@example.org',
])('%j is none', typed => {
  expect(parseAddress(typed)).toBeUndefined()
})

test('whatever is taken can stand in a mail’s header and SMTP command, and reads the same again', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.emailAddress(),
        fc.string({ unit: 'binary' }).map(text => `${text}@example.org`),
        fc.string(),
      ),
      typed => {
        const parsed = parseAddress(typed)
        if (!parsed) return
        expect(parsed.address).not.toMatch(/[\s\p{Cc}<>,;:"()[\]\\]/u)
        expect(parseAddress(parsed.address)).toEqual(parsed)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('ordinary addresses are taken', () => {
  fc.assert(
    fc.property(fc.emailAddress(), typed => {
      expect(parseAddress(typed)?.key).toBe(typed.toLowerCase())
    }),
  )
})
