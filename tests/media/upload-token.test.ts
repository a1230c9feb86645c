import { request } from 'node:http'
import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { multipart } from '../support/tips.js'
import { jpeg, type Sent } from './darkroom.js'

test('an upload carries the form’s token before its files or in a header, and never in its address', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const [token, other] = [
    await author.token(),
    await (await colleague(press, 'author', 'Somebody Else')).token(),
  ]
  const file = { name: 'a.jpg', content: await jpeg(20, 20) }
  const post = async (
    fields: Record<string, string>,
    { address = '/admin/media', header = '', files = [file] } = {},
  ) => {
    const { payload, headers } = multipart(fields, files)
    const own = {
      cookie: author.cookie,
      accept: 'application/json',
      ...(header && { 'x-csrf-token': header }),
    }
    return (
      await press.http.inject({ method: 'POST', url: address, payload, headers: { ...headers, ...own } })
    ).statusCode
  }
  expect(await post({ csrf: token })).toBe(200)
  expect(await post({}, { header: token })).toBe(200)
  expect(await post({ csrf: token }, { files: [] })).toBe(200)
  for (const refused of [
    post({}),
    post({ csrf: other }),
    post({ csrf: token }, { header: other }),
    post({ note: 'first', csrf: token }),
    post({}, { address: `/admin/media?csrf=${token}` }),
    post({ csrf: `${token}\r\n` }),
  ])
    expect(await refused).toBe(403)
  // Behind a file it comes too late: nothing of the file is read.
  const { payload, headers } = multipart({ csrf: token }, [file])
  const [first = '', rest = ''] = payload
    .toString('latin1')
    .split(/(?<=\r\n)(?=--handpress-test-boundary\r\nContent-Disposition: form-data; name="files")/)
  const late = Buffer.from(
    rest.replace(/--handpress-test-boundary--\r\n$/, `${first}--handpress-test-boundary--\r\n`),
    'latin1',
  )
  const answer = await press.http.inject({
    ...{ method: 'POST', url: '/admin/media', payload: late },
    headers: { ...headers, cookie: author.cookie },
  })
  expect(answer.statusCode).toBe(403)
  for (const page of ['/admin/media', '/admin/redirects/import'])
    expect((await author.get(page)).body).not.toContain('?csrf=')
})

test('over a real line a token is read in whatever pieces a form arrives, and the files behind it are whole', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const origin = await press.http.listen({ port: 0, host: '127.0.0.1' })
  const content = await jpeg(400, 300)
  const { payload, headers } = multipart({ csrf: await author.token() }, [{ name: 'a.jpg', content }])
  for (const size of [1, 37, 900, payload.length]) {
    const answer = await inPieces(`${origin}/admin/media`, payload, size, {
      ...headers,
      ...{ cookie: author.cookie, accept: 'application/json', 'content-length': String(payload.length) },
    })
    expect([size, answer.status]).toEqual([size, 200])
    const [picture] = (JSON.parse(answer.body) as Sent).pictures
    const original = await press.http.inject({
      url: `/admin/media/${picture?.id}/original`,
      headers: { cookie: author.cookie },
    })
    expect([size, original.rawPayload.equals(content)]).toEqual([size, true])
  }
})

/** Sends a form so that its first two thousand bytes come in pieces, each after the one before has gone. */
function inPieces(url: string, payload: Buffer, size: number, headers: Record<string, string>) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asking = request(url, { method: 'POST', headers }, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', chunk => (body += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    asking.on('error', reject)
    asking.setNoDelay(true)
    const next = (from: number): void => {
      if (from >= 2_000) return void asking.end(payload.subarray(from))
      asking.write(payload.subarray(from, from + size), () => setImmediate(next, from + size))
    }
    next(0)
  })
}
