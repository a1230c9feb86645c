import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { identityToRecipient } from 'age-encryption'
import { expect, test, vi } from 'vitest'
import { programFolder } from '../../src/config.js'
import { codenameDerivation, hashedLookup } from '../../src/tips/source/codename.js'
import { differenceFrom, unknownCodename } from '../../src/tips/source/codename-scheme.js'
import { keyOf } from '../../src/tips/source/identity.js'
import { derive } from '../../views/assets/tips/source/codename.js'
import { openPress, temporaryFolder } from '../support/press.js'

const codename = 'abacus yo-yo drop-down felt-tip zoom unheated pupil'

test('the source’s script is served under the hash that the pages name, and every build gives the same', async () => {
  const press = await openPress({ LOG_LEVEL: 'trace' })
  const before = press.logged()
  const { rawPayload, headers } = await press.http.inject('/tips/script.js')
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-store',
  })
  expect(headers['set-cookie']).toBeUndefined()
  expect(press.logged()).toBe(before)
  const digest = createHash('sha256').update(rawPayload).digest()
  const integrity = `sha256-${digest.toString('base64')}`
  for (const url of ['/tips', '/tips/return']) {
    const page = await press.http.inject(url)
    expect(page.body).toContain(`<script src="/tips/script.js" integrity="${integrity}" async>`)
    expect(page.headers['content-security-policy']).toContain(`; script-src '${integrity}';`)
  }
  expect((await press.http.inject('/tips/what-we-hold')).body).toContain(digest.toString('hex'))

  const again = path.join(await temporaryFolder(), 'tip-line.js')
  execFileSync('npm', ['run', '--silent', 'build:tip-line', '--', `--outfile=${again}`], {
    cwd: programFolder,
  })
  expect(
    createHash('sha256')
      .update(await readFile(again))
      .digest(),
  ).toEqual(digest)
  // Readable: names and lines as they were written.
  expect(rawPayload.toString()).toMatch(/\n {2}function canonicalCodename\(typed\) \{\n {4}return typed/)
})

test('the source’s script comes packed where the browser takes that, and the pages never do', async () => {
  const press = await openPress()
  const ask = (url: string, encoding = 'gzip') =>
    press.http.inject({ url, headers: { 'accept-encoding': encoding } })
  const plain = (await press.http.inject('/tips/script.js')).rawPayload
  const { rawPayload, headers } = await ask('/tips/script.js')
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  expect(gunzipSync(rawPayload).equals(plain)).toBe(true)
  expect(rawPayload.length).toBeLessThan(plain.length / 3)
  expect((await ask('/tips')).headers['content-encoding']).toBeUndefined()

  const first = await ask('/tips/script.js', 'br')
  const dense = await vi.waitUntil(
    async () => {
      const answer = await ask('/tips/script.js', 'br')
      return answer.rawPayload.length < first.rawPayload.length && answer
    },
    { timeout: 20_000, interval: 200 },
  )
  expect(dense.headers['content-encoding']).toBe('br')
  for (const answer of [first, dense])
    expect(brotliDecompressSync(answer.rawPayload).equals(plain)).toBe(true)
})

test('the script derives from a codename what the server derives', async () => {
  const salt = randomBytes(32)
  const server = await codenameDerivation(salt)(codename)
  const browser = await derive(` ${codename.toUpperCase().replaceAll(' ', ' - ')} `, salt)
  expect(hashedLookup(Buffer.from(browser.lookup, 'base64url'))).toBe(server.lookup)
  expect(browser.sourceKey).toBe(server.sourceKey)
  expect(await identityToRecipient(browser.identity)).toBe(
    await identityToRecipient(await keyOf(server.identity)),
  )
})

test('what a codename derives to is the same for ever', async () => {
  const { lookup, sourceKey } = await codenameDerivation(Buffer.alloc(32, 7))(codename)
  expect({ lookup, sourceKey }).toEqual({
    lookup: 'dc59058c4f8c4faa41036fd2cfc23184d50ac37286373c33739037b2b7e9156a',
    sourceKey: 'age1dh6kryma8cf0rtjwmyc5xsl7slg94267h4h7n7clmhuar9y82f7sr9fgr8',
  })
})

test('who opens a tip without a word is asked for the words, in the browser as by the server', async () => {
  const press = await openPress()
  const answer = await press.http.inject({
    ...{ method: 'POST', url: '/tips/return', payload: 'codename=+' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(unknownCodename(' ')).toMatch(/^Type your codename/)
  expect(answer.body).toContain(unknownCodename(' '))
})

test('a slip of the pen is named by the place of the word', () => {
  expect(differenceFrom(codename, codename.toUpperCase().replaceAll('-', ''))).toBeUndefined()
  const differs = (typed: string) => differenceFrom(codename, typed)
  expect(differs('abacus yo-yo drop-down felt-tip zoom unheated people')).toMatch(/^The seventh word differs/)
  expect(differs('abbey yo-yo drop-down felt-tip zoom heated people')).toMatch(
    /^The first, sixth and seventh words differ/,
  )
  expect(differs('abacus yo-yo')).toMatch(/^This differs/)
})
