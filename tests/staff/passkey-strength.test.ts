import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { appliedAt } from '../../src/foundation/migrate.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { browser, owner, setUp } from './door.js'

const DAY = 86_400_000
const url = 'http://localhost'
const credentialId = Buffer.alloc(16, 7)
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()

/** A key of a device with its public half as COSE (RFC 9053, RFC 8230). */
function deviceKey(kind: 'RSA of 2048 bits' | 'RSA of 3072 bits' | 'P-256') {
  const { privateKey, publicKey } =
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: kind === 'RSA of 2048 bits' ? 2048 : 3072 })
  const part = (name: 'n' | 'x' | 'y') =>
    Buffer.from(String(publicKey.export({ format: 'jwk' })[name]), 'base64url')
  if (kind === 'P-256') {
    const [x, y] = [part('x'), part('y')]
    return { privateKey, cose: Buffer.concat([hex('a5010203262001215820'), x, hex('225820'), y]) }
  }
  const n = part('n')
  return { privateKey, cose: Buffer.concat([hex('a401030339010020'), long(n), n, hex('2143010001')]) }
}

const hex = (text: string) => Buffer.from(text, 'hex')
// CBOR (RFC 8949): a string of bytes whose length takes two of them.
const long = ({ length }: Buffer) => Buffer.from([0x59, length >> 8, length & 255])

function clientData(type: string, challenge: string): Buffer {
  return Buffer.from(JSON.stringify({ type: `webauthn.${type}`, challenge, origin: url, crossOrigin: false }))
}

/** The device’s part: whose site, that the person was there and verified, and the key where one is made. */
function authenticatorData(flags: number, made?: Buffer): Buffer {
  const head = Buffer.concat([sha256('localhost'), Buffer.from([flags, 0, 0, 0, 0])])
  return made
    ? Buffer.concat([head, Buffer.alloc(16), Buffer.from([0, credentialId.length]), credentialId, made])
    : head
}

function credential(response: Record<string, Buffer>): string {
  const id = credentialId.toString('base64url')
  const encoded = Object.entries(response).map(([name, bytes]) => [name, bytes.toString('base64url')])
  return JSON.stringify({
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
    response: Object.fromEntries(encoded),
  })
}

/** What a browser sends that has made a passkey. */
function registration(challenge: string, cose: Buffer): string {
  const made = authenticatorData(0x45, cose)
  const [fmt, attStmt, authData] = ['fmt', 'attStmt', 'authData'].map(cborText)
  const attestationObject = Buffer.concat([
    ...[hex('a3'), fmt, cborText('none'), attStmt, hex('a0'), authData, long(made), made],
  ] as Buffer[])
  return credential({ clientDataJSON: clientData('create', challenge), attestationObject })
}

const cborText = (text: string) => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)])

/** What a browser sends that was asked for a passkey. */
function answer(challenge: string, key: KeyObject): string {
  const [clientDataJSON, data] = [clientData('get', challenge), authenticatorData(0x05)]
  const signature = sign('sha256', Buffer.concat([data, sha256(clientDataJSON)]), key)
  return credential({ clientDataJSON, authenticatorData: data, signature })
}

const openDoor = () => {
  const time = movableClock()
  return openPress({ SITE_URL: url }, { clock: time.clock }).then(press => ({ press, ...time }))
}

async function keep(press: Press, cose: Buffer): Promise<void> {
  const { id } = (await press.db.get(sql`select id from accounts`)) as { id: string }
  await press.db.run(sql`
    insert into passkeys (id, account_id, name, public_key, counter, transports, created, last_used)
    values (${credentialId.toString('base64url')}, ${id}, 'Old laptop', ${cose.toString('base64url')}, 0, '[]', '2020-12-01T00:00:00.000Z', null)`)
}

test.each([
  ['RSA of 2048 bits', 422],
  ['RSA of 3072 bits', 422],
  ['P-256', 200],
] as const)(
  'a passkey on a key of %s is answered %i: RSA is not asked for, and what comes is not taken',
  async (kind, status) => {
    const { press } = await openDoor()
    await setUp(press)
    const me = browser(press)
    await me.post('/admin/sign-in', owner)
    await me.post('/admin/account/confirm', owner)
    const asked = (await me.get('/admin/account/passkeys/options')).json()
    expect(asked.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-8, -7])
    const made = registration(asked.challenge, deviceKey(kind).cose)
    const taken = await me.post('/admin/account/passkeys', { label: 'New', credential: made })
    expect(taken.statusCode).toBe(status)
    expect(taken.body.includes('Recovery codes')).toBe(status === 200)
    if (status === 422) expect(taken.body).toContain('too short (RSA)')
  },
)

test('one that an earlier version took on a short key opens the desk for 90 days more, and the account’s page says so', async () => {
  const { press, clock, advance } = await openDoor()
  await setUp(press)
  const short = deviceKey('RSA of 2048 bits')
  await keep(press, short.cose)
  const enter = async () => {
    const me = browser(press)
    const { challenge } = (await me.get('/admin/sign-in/passkey')).json()
    const entered = await me.post('/admin/sign-in/passkey', {
      credential: answer(challenge, short.privateKey),
    })
    return { me, status: entered.statusCode }
  }
  const { me, status } = await enter()
  expect(status).toBe(303)
  const page = (await me.get('/admin/account')).body
  expect(page).toMatch(
    /Old laptop[\s\S]*Its key is short \(RSA\): it opens nothing any more after [\s\S]*Add another one before/,
  )
  // The tables of test presses are made once, by the machine’s clock.
  const updated = Date.parse(await appliedAt(press.db, '0210-shorter-marks.sql'))
  advance(updated + 90 * DAY - clock().getTime() - 60_000)
  expect((await enter()).status).toBe(303)
  advance(60_000)
  expect((await enter()).status).toBe(422)
})
