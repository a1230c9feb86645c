import { expect, test } from 'vitest'
import { openFoundry } from '../../src/foundation/plates.js'

const { print } = openFoundry()

test('a page has the long passages in the places where they were cast, byte for byte', () => {
  const text = 'Zürich – “naïve” 🗞'.repeat(5_000)
  const { body } = print(cast => `<a>${cast('§ one')}</a>é${cast(text)}${cast('§ one')}<b>`)
  expect(body.toString()).toBe(`<a>§ one</a>é${text}§ one<b>`)
})

test('passages stand where the page says, in whatever order they were cast', () => {
  const page = print(cast => {
    const body = cast('body')
    return `<style>${cast('style')}</style>${body}`
  })
  expect(page.body.toString()).toBe('<style>style</style>body')
})

test('what is no passage may be longer than anything before it, and a page may have none', () => {
  const text = 'Grüße, '.repeat(50_000)
  expect(print(() => text).body.toString()).toBe(text)
  expect(print(() => '').body.toString()).toBe('')
})

test('digests tell pages from others by every part of them, and are the same in every process', () => {
  const digests = [
    print(cast => `<p>${cast('one')}</p>`),
    print(cast => `<p>${cast('two')}</p>`),
    print(cast => `<b>${cast('one')}</p>`),
    print(cast => `<p>${cast('one')}</b>`),
    print(cast => `${cast('one')}<p></p>`),
    print(cast => `<p>${cast('one')}${cast('two')}</p>`),
    print(cast => `<p>${cast('two')}${cast('one')}</p>`),
  ].map(({ digest }) => digest)
  expect(new Set(digests).size).toBe(digests.length)
  expect(digests.every(digest => /^[\w-]{27}$/.test(digest))).toBe(true)
  expect(openFoundry().print(cast => `<p>${cast('one')}</p>`).digest).toBe(digests[0])
})
