import { existsSync, readdirSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { form, movableClock, openPress, type Press } from '../support/press.js'
import { codenameIn, holding, multipart, sealedParts } from '../support/tips.js'

const send = (
  press: Press,
  body: { payload: string | Buffer; headers: Record<string, string> },
  url = '/tips',
) => press.http.inject({ method: 'POST', url, ...body })

const connections = (press: Press) =>
  new Promise<number>((resolve, reject) =>
    press.http.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

const MB = 1_048_576

describe('sending a tip', () => {
  test('answers with a codename of seven words and keeps only ciphertext, dated to the day', async () => {
    const { clock, advance } = movableClock('2021-01-04T14:00:00.000Z')
    const press = await openPress({}, { clock })
    advance(97 * 60_000)
    const answer = await send(
      press,
      multipart({ message: 'MARKED-MESSAGE', contact: 'MARKED-CONTACT' }, [
        { name: 'MARKED-NAME.txt', content: 'MARKED-CONTENT' },
      ]),
    )
    expect(answer.statusCode).toBe(200)
    expect(codenameIn(answer.body).split(' ')).toHaveLength(7)
    const [file, message] = sealedParts(press.dataDir)
    expect(path.basename(file ?? '')).toBe('1-file-1.age')
    expect(path.basename(message ?? '')).toBe('1-message.age')
    for (const part of [file, message]) {
      const { mode, mtime, atime } = statSync(part as string)
      expect(mode & 0o777).toBe(0o600)
      expect([mtime.toISOString(), atime.toISOString()]).toContain('2021-01-04T00:00:00.000Z')
    }
    // The folders that all tips share tell no time at all.
    for (const folder of ['sealed', 'staging'])
      expect(statSync(path.join(press.dataDir, 'tips', folder)).mtime.getTime()).toBe(0)
    expect(holding(press.dataDir, 'MARKED')).toEqual([])
    expect(holding(press.dataDir, '15:37')).toEqual([])
    // One word alone may well stand in a sentence of the paper's own.
    const [first, second] = codenameIn(answer.body).split(' ')
    for (const between of [' ', '-', '', '+'])
      expect(holding(press.dataDir, `${first}${between}${second}`)).toEqual([])
  })

  test('works as a plain form as well', async () => {
    const press = await openPress()
    expect(codenameIn((await send(press, form({ message: 'Text only' }))).body)).not.toBe('')
    expect(sealedParts(press.dataDir)).toHaveLength(1)
  })

  test('is kept once when its page is loaded anew; the codename is not shown again', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({ LOG_LEVEL: 'trace' }, { clock })
    const before = press.logged()
    const written = [{ message: 'The same words' }, [{ name: 'a.txt', content: 'a' }]] as const
    const sent = multipart(written[0], [...written[1]])
    const first = await send(press, sent)
    for (const _ of [1, 2]) {
      const again = await send(press, sent)
      expect([again.statusCode, codenameIn(again.body)]).toEqual([200, ''])
      expect(again.body).toContain('Your tip has arrived already')
      expect(again.rawPayload.length).toBe(first.rawPayload.length)
    }
    expect(sealedParts(press.dataDir)).toHaveLength(2)

    // Somebody else with the same words is a source of their own, and nobody learns that they came before.
    const other = codenameIn((await send(press, multipart(written[0], [...written[1]]))).body)
    expect(new Set([codenameIn(first.body), other, '']).size).toBe(3)
    const plain = form({ message: 'The same words' })
    for (const _ of [1, 2]) expect(codenameIn((await send(press, plain)).body)).not.toBe('')
    expect(sealedParts(press.dataDir)).toHaveLength(6)
    advance(31 * 60_000)
    expect(codenameIn((await send(press, sent)).body)).not.toBe('')
    expect(press.logged()).toBe(before)
  })

  test('whose answer was lost on the way is sent again for a codename that somebody sees', async () => {
    const press = await openPress()
    const address = new URL('/tips', await press.http.listen({ port: 0 }))
    const { payload, headers } = multipart({ message: 'Over a weak line' })
    const lost = httpRequest(address, { method: 'POST', headers })
    lost.on('error', () => undefined)
    lost.end(payload, () => lost.destroy())
    await expect.poll(() => sealedParts(press.dataDir).length, { timeout: 10_000 }).toBe(1)
    await expect.poll(() => connections(press)).toBe(0)
    expect(codenameIn((await send(press, { payload, headers })).body)).not.toBe('')
  })

  test('short and long messages look alike on the disk', async () => {
    const press = await openPress()
    await send(press, form({ message: 'x' }))
    await send(press, form({ message: 'y'.repeat(10_000), contact: 'somebody' }))
    const sizes = sealedParts(press.dataDir).map(file => statSync(file).size)
    expect(new Set(sizes).size).toBe(1)
  })

  test('sets no cookie, forbids storing and referring, and writes no log, down every path', async () => {
    const press = await openPress({ LOG_LEVEL: 'trace' })
    const before = press.logged()
    const answers = [
      await press.http.inject('/tips'),
      await press.http.inject('/tips/return'),
      await press.http.inject('/tips/nowhere'),
      await send(press, form({ message: 'MARKED' })),
      await send(press, form({ message: '' })),
      await send(press, form({ codename: 'MARKED words that nobody was ever given here' }), '/tips/return'),
      await send(press, { payload: '{}', headers: { 'content-type': 'application/json' } }),
      await send(press, {
        payload: 'broken',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      }),
      await send(press, form({ message: 'M'.repeat(2 * MB) })),
    ]
    expect(answers.map(answer => answer.statusCode)).toEqual([200, 200, 404, 200, 422, 422, 415, 400, 413])
    for (const { headers } of answers) {
      expect(headers['set-cookie']).toBeUndefined()
      expect(headers['cache-control']).toBe('no-store, no-transform')
      expect(headers['referrer-policy']).toBe('no-referrer')
    }
    expect(press.logged()).toBe(before)
  })

  test('without a message shows the form again with what was typed', async () => {
    const press = await openPress()
    const answer = await send(
      press,
      multipart({ message: ' ', contact: 'a <b> friend' }, [{ name: 'a.txt', content: 'a' }]),
    )
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('value="a &lt;b&gt; friend"')
    expect(answer.body).toContain('Choose your files again')
    expect(sealedParts(press.dataDir)).toEqual([])
  })

  test('over a limit answers 413 and keeps nothing', async () => {
    const press = await openPress({ RATE_LIMITS: 'off' })
    const many = Array.from({ length: 11 }, (_, number) => ({ name: `${number}.txt`, content: 'x' }))
    const large = [
      { name: 'a', content: Buffer.alloc(60 * MB) },
      { name: 'b', content: Buffer.alloc(41 * MB) },
    ]
    for (const body of [
      multipart({ message: 'x' }, many),
      multipart({ message: 'x' }, large),
      multipart({ message: 'x'.repeat(50_001) }),
      form({ message: 'x'.repeat(50_001) }),
    ]) {
      const answer = await send(press, body)
      expect(answer.statusCode).toBe(413)
      expect(answer.headers['content-type']).toContain('text/html')
    }
    expect(sealedParts(press.dataDir)).toEqual([])
    expect(readdirSync(path.join(press.dataDir, 'tips/staging'))).toEqual([])
    expect((await send(press, form({ message: 'x'.repeat(50_000) }))).statusCode).toBe(200)
  })

  test('that breaks off leaves nothing behind', async () => {
    const press = await openPress()
    const address = await press.http.listen({ port: 0, host: '127.0.0.1' })
    const { payload, headers } = multipart({ message: 'x' }, [{ name: 'a', content: Buffer.alloc(4 * MB) }])
    const upload = httpRequest(`${address}/tips`, {
      method: 'POST',
      headers: { ...headers, 'content-length': payload.length },
    })
    upload.on('error', () => undefined)
    upload.write(payload.subarray(0, 2 * MB))
    const staging = path.join(press.dataDir, 'tips/staging')
    await until(() => readdirSync(staging).length === 1)
    upload.destroy()
    await until(() => readdirSync(staging).length === 0)
    expect(sealedParts(press.dataDir)).toEqual([])
  })

  test('too often from one place is asked to wait, and others are not', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    const knock = (remoteAddress: string) =>
      press.http.inject({ method: 'POST', url: '/tips', remoteAddress, ...form({ message: '' }) })
    for (let count = 0; count < 10; count++) expect((await knock('127.0.0.2')).statusCode).toBe(422)
    const refused = await knock('127.0.0.2')
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await knock('127.0.0.3')).statusCode).toBe(422)
    advance(11 * 60_000)
    expect((await knock('127.0.0.2')).statusCode).toBe(422)
  })
})

describe('coming back', () => {
  test('with the codename, however it is typed, shows the tip; adding and erasing work', async () => {
    const press = await openPress()
    const codename = codenameIn(
      (await send(press, multipart({ message: 'First' }, [{ name: 'a.txt', content: 'a' }]))).body,
    )
    const typed = ` ${codename.toUpperCase().replaceAll(' ', ' - ')} `
    const shown = await send(press, form({ codename: typed }), '/tips/return')
    expect(shown.statusCode).toBe(200)
    expect(shown.body).toContain('1 message and 1 file')
    expect(shown.body).toContain('There is no reply yet')

    expect(
      (await send(press, multipart({ codename, message: '' }), '/tips/return/messages')).statusCode,
    ).toBe(422)
    const added = await send(
      press,
      multipart({ codename, message: 'Second' }, [{ name: 'b.txt', content: 'b' }]),
      '/tips/return/messages',
    )
    expect(added.body).toContain('2 messages and 2 files')
    expect(sealedParts(press.dataDir).map(file => path.basename(file))).toEqual([
      '1-file-1.age',
      '1-message.age',
      '2-file-1.age',
      '2-message.age',
    ])

    expect((await send(press, form({ codename }), '/tips/return/erasure')).statusCode).toBe(422)
    const erased = await send(press, form({ codename, certain: 'yes' }), '/tips/return/erasure')
    expect(erased.body).toContain('Your tip is erased')
    expect(sealedParts(press.dataDir)).toEqual([])
    expect((await send(press, form({ codename }), '/tips/return')).statusCode).toBe(422)
  })

  test('with unknown words leads nowhere, whatever is tried', async () => {
    const press = await openPress({ RATE_LIMITS: 'off' })
    for (const url of ['/tips/return', '/tips/return/messages', '/tips/return/erasure']) {
      expect(
        (
          await send(
            press,
            form({ codename: 'seven words which lead nowhere at all', message: 'x', certain: 'yes' }),
            url,
          )
        ).statusCode,
      ).toBe(422)
    }
    expect(sealedParts(press.dataDir)).toEqual([])
  })
})

describe('the newsroom’s key', () => {
  test('is made once on a first start, told of, and never made again', async () => {
    const first = await openPress()
    const file = path.join(first.dataDir, 'newsroom-key.txt')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(first.tips.keyOnServer()).toBe(file)
    expect(await first.tips.recipients()).toHaveLength(1)
    expect(first.logged()).toContain('Move it off this machine')
    await first.http.close()
    await rename(file, `${file}.moved`)
    const second = await openPress({ DATA_DIR: first.dataDir })
    expect(existsSync(file)).toBe(false)
    expect(second.tips.keyOnServer()).toBeUndefined()
    expect((await send(second, form({ message: 'still sealed' }))).statusCode).toBe(200)
  })

  test('that lies there already is used on when the tip line’s database was lost', async () => {
    const first = await openPress()
    const before = await first.tips.recipients()
    await first.http.close()
    await rm(path.join(first.dataDir, 'tips'), { recursive: true })
    const second = await openPress({ DATA_DIR: first.dataDir })
    expect(await second.tips.recipients()).toEqual(before)
  })

  test('is not made where the operator names recipients', async () => {
    const press = await openPress({
      TIPS_RECIPIENTS: 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
    })
    expect(existsSync(path.join(press.dataDir, 'newsroom-key.txt'))).toBe(false)
    expect(await press.tips.recipients()).toHaveLength(1)
  })
})

test('the tip page says what is kept, what is not and what cannot be promised before the form', async () => {
  const press = await openPress({
    SITE_URL: 'https://paper.example',
    ONION_URL: `http://${'a'.repeat(56)}.onion`,
  })
  const { body, headers } = await press.http.inject('/tips')
  const order = ['What is kept', 'What is not kept', 'What cannot be promised', '<form'].map(text =>
    body.indexOf(text),
  )
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(order[0]).toBeGreaterThan(0)
  expect(body).toContain(`http://${'a'.repeat(56)}.onion/tips`)
  expect(headers['onion-location']).toBe(`http://${'a'.repeat(56)}.onion/tips`)
  const scripts = body.match(/<script[^>]*>[^<]*/g)
  expect(scripts).toEqual([
    expect.stringMatching(/^<script src="\/tips\/script.js" integrity="sha256-[\w+/]{43}=" async>$/),
  ])
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 20))
}
