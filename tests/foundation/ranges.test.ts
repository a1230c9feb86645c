import path from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { loadAssets } from '../../src/foundation/assets.js'
import { openPress, sharedByTests } from '../support/press.js'

/** A style of the program and a picture of the library, the least and the other of what is sent in parts. */
const shared = sharedByTests(async () => {
  const press = await openPress({ RATE_LIMITS: 'off' })
  const noise = { type: 'gaussian', mean: 90, sigma: 30 } as const
  const png = await sharp({ create: { width: 300, height: 300, channels: 3, noise, background: '#000' } })
    .png()
    .toBuffer()
  const { src } = await press.media.add('noise.png', png)
  const asset = loadAssets([path.join(programFolder, 'dist/assets')]).url('editor.js')
  const ask = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    press.http.inject({ url, headers, method })
  return { ask, addresses: [asset, src] }
})

test('of a picture or an asset a client gets the part that it asks for', async () => {
  const { ask, addresses } = await shared()
  for (const url of addresses) {
    const { rawPayload: whole, headers } = await ask(url)
    const { length } = whole
    expect(headers['accept-ranges'], url).toBe('bytes')
    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=10-19', 10, 19],
      ['bytes=10-', 10, length - 1],
      ['bytes=-5', length - 5, length - 1],
      ['bytes=0-999999999', 0, length - 1],
      ['bytes=-999999999', 0, length - 1],
    ] as const) {
      const part = await ask(url, { range })
      expect(part.statusCode, `${url} ${range}`).toBe(206)
      expect(part.headers['content-range']).toBe(`bytes ${first}-${last}/${length}`)
      expect(part.headers['content-length']).toBe(String(last - first + 1))
      expect(part.headers.etag).toBe(headers.etag)
      expect(part.rawPayload.equals(whole.subarray(first, last + 1))).toBe(true)
    }
  }
})

test('a part that is not there is refused with the length; what is no range, or several, gets the whole', async () => {
  const { ask, addresses } = await shared()
  for (const url of addresses) {
    const { rawPayload: whole } = await ask(url)
    const refused = await ask(url, { range: `bytes=${whole.length}-` })
    expect(refused.statusCode, url).toBe(416)
    expect(refused.headers['content-range']).toBe(`bytes */${whole.length}`)
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=5-2', 'bytes=', 'bytes=a-b', '0-5']) {
      const answer = await ask(url, { range })
      expect(answer.statusCode, `${url} ${range}`).toBe(200)
      expect(answer.rawPayload.equals(whole)).toBe(true)
    }
    const head = await ask(url, { range: 'bytes=0-5' }, 'HEAD')
    expect(head.statusCode).toBe(200)
    expect(head.headers['content-length']).toBe(String(whole.length))
    expect(head.rawPayload).toHaveLength(0)
  }
})

test('a part is sent only of the same bytes, and nothing to who has them all', async () => {
  const { ask, addresses } = await shared()
  for (const url of addresses) {
    const { headers, rawPayload: whole } = await ask(url)
    const range = 'bytes=0-5'
    const etag = String(headers.etag)
    expect((await ask(url, { range, 'if-range': etag })).statusCode, url).toBe(206)
    expect((await ask(url, { range, 'if-range': '"other"' })).rawPayload.equals(whole)).toBe(true)
    expect((await ask(url, { range, 'if-range': `W/${etag}` })).statusCode).toBe(200)
    expect((await ask(url, { range, 'if-range': new Date().toUTCString() })).statusCode).toBe(200)
    expect((await ask(url, { range, 'if-none-match': etag })).statusCode).toBe(304)
  }
})

test('an asset’s parts are of the encoding that is sent, and its ETag tells encodings apart', async () => {
  const {
    ask,
    addresses: [url = ''],
  } = await shared()
  const gzip = { 'accept-encoding': 'gzip' }
  const whole = await ask(url, gzip)
  expect(whole.headers['content-encoding']).toBe('gzip')
  const halves = [
    await ask(url, { ...gzip, range: 'bytes=0-99' }),
    await ask(url, { ...gzip, range: 'bytes=100-' }),
  ]
  expect(halves.map(({ headers }) => headers.etag)).toEqual([whole.headers.etag, whole.headers.etag])
  expect(Buffer.concat(halves.map(({ rawPayload }) => rawPayload)).equals(whole.rawPayload)).toBe(true)
  const other = await ask(url, { range: 'bytes=0-99', 'if-range': String(whole.headers.etag) })
  expect(other.statusCode).toBe(200)
})
