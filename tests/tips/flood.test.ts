import { solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { build } from 'esbuild'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { TooMany } from '../../src/foundation/errors.js'
import { limiter } from '../../src/foundation/limiter.js'
import { openMemory } from '../../src/foundation/memory.js'
import { floodDefence } from '../../src/tips/source/flood.js'
import { describeInBrowser } from '../support/browser.js'
import { form, movableClock, openPress, type Press } from '../support/press.js'
import { codenameIn, multipart, sealedParts, sessionIn } from '../support/tips.js'

type Form = { payload: string | Buffer; headers: Record<string, string> }
type Challenge = Parameters<typeof solveChallenge>[0]['challenge']

const post = (press: Press, body: Form, url = '/tips', remoteAddress = '127.0.0.1') =>
  press.http.inject({ method: 'POST', url, remoteAddress, ...body })

/** What a browser does with a challenge. */
async function solved(challenge: Challenge): Promise<string> {
  const solution = await solveChallenge({ challenge, deriveKey })
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64')
}

/** As many forms as are taken in a minute of who shares one address. */
async function flood(press: Press, body: Form = form({ message: '' }), url = '/tips'): Promise<void> {
  while ((await post(press, body, url)).statusCode !== 429);
}

describe('when much is arriving', () => {
  test('a form without a proof of work is given back with what was typed, one with a proof is taken', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    const [proof, other] = await Promise.all(
      [0, 1].map(async () => solved((await press.http.inject('/tips/challenge')).json())),
    )
    await flood(press)
    const file = [{ name: 'a.txt', content: 'a' }]
    const refused = await post(press, multipart({ message: 'Typed <long>.', contact: 'me' }, file))
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect(refused.body).toContain('Very much is arriving')
    expect(refused.body).toContain('>Typed &lt;long&gt;.</textarea>')
    expect(refused.body).toContain('value="me"')
    expect(refused.body).toContain('Choose your files again')
    expect(refused.rawPayload).toHaveLength(65_536)
    expect(sealedParts(press.dataDir)).toEqual([])
    // Who can be told apart from the flood is not asked yet.
    expect((await post(press, form({ message: '' }), '/tips', '192.0.2.7')).statusCode).toBe(422)

    expect(
      (await post(press, multipart({ pow: proof ?? '', message: 'Worked for.' }, file))).statusCode,
    ).toBe(200)
    expect((await post(press, form({ pow: proof ?? '', message: 'Twice.' }))).statusCode).toBe(429)
    expect((await post(press, form({ pow: 'bm8=', message: 'None.' }))).statusCode).toBe(429)
    advance(11 * 60_000)
    expect((await post(press, form({ message: 'Later, as it is.' }))).statusCode).toBe(200)
    await flood(press)
    expect((await post(press, form({ pow: other ?? '', message: 'Too old.' }))).statusCode).toBe(429)
  })

  test('what a source adds to a tip is kept on the page as well, signed in or not', async () => {
    const press = await openPress({}, movableClock())
    const codename = codenameIn((await post(press, form({ message: 'First.' }))).body)
    const signedIn = await post(press, form({ codename }), '/tips/return')
    const session = sessionIn(signedIn.body)
    await flood(press)
    const more = form({ session, message: 'Second, typed for long.' })
    const here = await post(press, more, '/tips/return/messages')
    expect(here.statusCode).toBe(429)
    expect(here.body).toMatch(/Nothing was added[\s\S]*Very much is arriving[\s\S]*>Second, typed for long.</)
    const away = await post(press, form({ message: 'Second.', codename }), '/tips/return/messages')
    expect(away.statusCode).toBe(429)
    expect(away.body).toMatch(/Not added yet[\s\S]*Very much is arriving[\s\S]*>Second.</)
  })

  test('tries to come back are asked for a proof; who is signed in reads and erases on', async () => {
    const press = await openPress({}, movableClock())
    const codename = codenameIn((await post(press, form({ message: 'First.' }))).body)
    const signedIn = await post(press, form({ codename }), '/tips/return')
    const session = sessionIn(signedIn.body)
    const pow = await solved((await press.http.inject('/tips/challenge')).json())
    const lookup = Buffer.alloc(32).toString('base64url')
    await flood(press, form({ lookup }), '/tips/return')
    const refused = await post(press, form({ codename }), '/tips/return')
    expect(refused.body).toMatch(/Not opened yet[\s\S]*Very much is arriving/)
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect((await post(press, form({ codename, pow }), '/tips/return')).statusCode).toBe(200)
    const erasing = form({ session, certain: 'yes' })
    expect((await post(press, erasing, '/tips/return/erasure')).body).toContain('Your tip is erased')
  })

  test('one network gets its share, with or without proofs, and what was typed is kept', async () => {
    const press = await openPress({}, movableClock())
    const pow = await solved((await press.http.inject('/tips/challenge')).json())
    const from = (body: Form) => post(press, body, '/tips', '192.0.2.7')
    for (let count = 0; count < 10; count++) expect((await from(form({ message: '' }))).statusCode).toBe(422)
    const refused = await from(form({ pow, message: 'Typed.' }))
    expect(refused.statusCode).toBe(429)
    expect(refused.body).toMatch(/Much has come from your network[\s\S]*in 10 minutes[\s\S]*>Typed.</)
  })
})

test('a proof counts before the first file and nowhere else', async () => {
  const press = await openPress()
  const late = multipart({ message: 'x' }, [{ name: 'a.txt', content: 'a' }])
  const cut = late.payload.lastIndexOf('--handpress')
  const boundary = late.payload.subarray(2, late.payload.indexOf('\r\n'))
  const pow = `--${boundary}\r\nContent-Disposition: form-data; name="pow"\r\n\r\nx\r\n`
  const payload = Buffer.concat([late.payload.subarray(0, cut), Buffer.from(pow), late.payload.subarray(cut)])
  const answer = await post(press, { ...late, payload })
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toContain('The proof of work came after a file')
  expect(sealedParts(press.dataDir)).toEqual([])
})

test('a challenge is not to be made easier, is good at one place only, and grows with the flood of proofs', async () => {
  const { clock } = movableClock()
  const defence = floodDefence({ clock, memory: openMemory(clock), limits: true, rounds: 1 })
  const elsewhere = floodDefence({ clock, memory: openMemory(clock), limits: true, rounds: 1 })
  const network = 'this machine'
  for (let count = 0; count < 60; count++) await defence.sending({ network, proof: '' })
  const refused = (proof: string) => expect(defence.sending({ network, proof })).rejects.toThrow(TooMany)
  const challenge = await defence.challenge()
  await refused(await solved({ ...challenge, parameters: { ...challenge.parameters, keyPrefix: '0' } }))
  await refused(await solved(await elsewhere.challenge()))
  expect(challenge.parameters.cost).toBe(1)
  for (let count = 0; count < 60; count++)
    await defence.sending({ network, proof: await solved(await defence.challenge()) })
  expect((await defence.challenge()).parameters.cost).toBe(2)
})

describe('a limiter', () => {
  afterEach(() => void vi.useRealTimers())

  test('forgets a window when its time is over, also when its clock is stopped and nobody comes', async () => {
    vi.useFakeTimers()
    const memory = openMemory(() => new Date(0))
    const sweeping = vi.getTimerCount()
    const count = limiter({ name: 'tries', max: 1, windowMs: 60_000, memory })
    await count('192.0.2.7')
    await expect(count('192.0.2.7')).rejects.toThrow(TooMany)
    expect(vi.getTimerCount()).toBe(sweeping + 1)
    vi.advanceTimersByTime(60_000)
    expect(vi.getTimerCount()).toBe(sweeping)
    await count('192.0.2.7')
  })
})

describeInBrowser('proof of work in a browser', browser => {
  test('is done from a page of the tip line and taken by the server', async () => {
    const press = await openPress({}, movableClock())
    const address = await press.http.listen({ port: 0, host: '127.0.0.1' })
    const { outputFiles } = await build({
      entryPoints: ['views/assets/tips/proof-of-work.ts'],
      ...{ bundle: true, write: false, format: 'iife', globalName: 'work' },
    })
    // The policy of the page lets no script run but the tip line's own.
    const context = await browser().newContext({ bypassCSP: true })
    const page = await context.newPage()
    await page.goto(`${address}/tips`)
    const script = outputFiles[0]?.text ?? ''
    const pow = await page.evaluate<string>(`(async () => { ${script}; return work.proofOfWork() })()`)
    await flood(press)
    expect((await post(press, form({ pow, message: 'x' }))).statusCode).toBe(200)
    await press.http.close()
    expect(await page.evaluate(`(async () => { ${script}; return work.proofOfWork() })()`)).toBe('')
    await context.close()
  })
})
