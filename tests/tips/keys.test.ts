import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  armor,
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption'
import type { LightMyRequestResponse } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import type { World } from '../../src/app.js'
import { parseAgeHeader } from '../../src/tips/sealing/age-header.js'
import { type Colleague, colleague } from '../support/desk.js'
import { firstKey, inTipStore, keepTip } from '../support/kept-tips.js'
import { form, movableClock, openPress, type Press, temporaryFolder } from '../support/press.js'
import { holding, sealedParts } from '../support/tips.js'

const secret = await generateX25519Identity()
const recipient = await identityToRecipient(secret)
let wrapped = ''

beforeAll(async () => {
  wrapped = await sealedWithPassphrase(18)
})

async function sealedWithPassphrase(work: number): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase('correct donkey battery staple')
  encrypter.setScryptWorkFactor(work)
  return armor.encode(await encrypter.encrypt(`${secret}\n`))
}

async function openDesk(environment: Record<string, string> = {}, world: World = {}) {
  const press = await openPress({ RATE_LIMITS: 'off', ...environment }, world)
  return {
    press,
    owner: await colleague(press, 'owner', 'Ada Owner'),
    editor: await colleague(press, 'editor', 'Ed Editor'),
  }
}

const newRecipient = async () => identityToRecipient(await generateX25519Identity())
const register = (who: Colleague, fields: Record<string, string>) =>
  who.post('/admin/tips/keys/new', { label: 'My key', wrapped: '', ...fields })
const recipients = ({ dataDir }: Press) => inTipStore(dataDir, repository => repository.recipients())

/** Ids of the keys that somebody may do something about, by their label. */
async function keyId(who: Colleague, label: string): Promise<string> {
  const { body } = await who.get('/admin/tips/keys')
  const row = body.split('<tr>').find(part => part.includes(`<bdi>${label}</bdi>`)) ?? ''
  return /keys\/([0-9a-f-]{36})\//.exec(row)?.[1] ?? ''
}

const deed = async (who: Colleague, label: string, name: string, fields = {}) =>
  who.post(`/admin/tips/keys/${await keyId(who, label)}/${name}`, fields)

describe('a key that a browser made', () => {
  test('is registered with its public half and, sealed with a passphrase, its secret half', async () => {
    const { press, editor } = await openDesk()
    expect((await register(editor, { publicKey: recipient, wrapped })).statusCode).toBe(303)
    expect(await recipients(press)).toContain(recipient)
    const mine = (await editor.get('/admin/tips/keys/mine')).json()
    expect(mine.keys).toMatchObject([{ publicKey: recipient, label: 'My key', isActive: true }])
    expect(mine.keys[0].wrapped).toBe(wrapped.trim())
    expect(mine.recipients).toEqual(expect.arrayContaining([recipient]))
    const file = await editor.get(`/admin/tips/keys/${mine.keys[0].id}/file`)
    expect(file.body.trim()).toBe(wrapped.trim())
    expect(file.headers['content-disposition']).toContain('attachment')
    const again = await register(editor, { publicKey: recipient, wrapped })
    expect(again.statusCode).toBe(422)
    expect(again.body).toContain('This key is registered already.')
    // The list never shows it, and nobody else gets it.
    const colleague = await inAs(press, 'owner')
    expect((await colleague.get('/admin/tips/keys')).body).not.toContain('BEGIN AGE')
    expect((await colleague.get(`/admin/tips/keys/${mine.keys[0].id}/file`)).statusCode).toBe(404)
    expect((await colleague.get('/admin/tips/keys/mine')).json().keys).toEqual([])
  })

  test('is refused when it is no X25519 public half, or its secret half is not sealed as it must be', async () => {
    const { press, editor } = await openDesk()
    const toKey = new Encrypter()
    toKey.addRecipient(recipient)
    const postQuantum = await identityToRecipient(await generateHybridIdentity())
    const attempts: Record<string, string>[] = [
      { publicKey: secret },
      { publicKey: 'age1nothing' },
      { publicKey: postQuantum },
      { publicKey: recipient, wrapped: secret },
      { publicKey: recipient, wrapped: wrapped.slice(0, 200) },
      { publicKey: recipient, wrapped: armor.encode(await toKey.encrypt(secret)) },
      { publicKey: recipient, wrapped: await sealedWithPassphrase(10) },
      { publicKey: recipient, wrapped: wrapped.padEnd(5_000) },
      { publicKey: recipient, wrapped, label: ' ' },
    ]
    for (const fields of attempts) {
      const answer = await register(editor, fields)
      expect(answer.statusCode, JSON.stringify(fields)).toBe(422)
      expect(answer.body).not.toContain(secret)
    }
    expect(await recipients(press)).not.toContain(recipient)
    expect(holding(press.dataDir, secret)).toEqual([])
  })

  test('opens new tips from then on, and none any more once its owner lost the role, the access or the account', async () => {
    const { press, owner, editor } = await openDesk()
    const people = [editor, await inAs(press, 'editor'), await inAs(press, 'editor')]
    for (const person of people) await register(person, { publicKey: await newRecipient() })
    expect(await recipients(press)).toHaveLength(4)
    const [demoted, disabled, removed] = people.map(({ id }) => `/admin/people/${id}`)
    await owner.post(`${demoted}/role`, { role: 'author' })
    expect(await recipients(press)).toHaveLength(3)
    await owner.post(`${disabled}/disable`)
    expect(await recipients(press)).toHaveLength(2)
    await owner.post(`${removed}/remove`)
    expect(await recipients(press)).toHaveLength(1)
    expect(await stanzasOfNewTip(press)).toBe(1)
    // Back at work, a key is taken up again by hand, not by itself.
    await owner.post(`${disabled}/enable`)
    expect(await recipients(press)).toHaveLength(1)
    expect((await owner.get('/admin/audit')).body).toContain('stopped sealing to')
  })

  test('leaves the recipients at the start when the program ended before it could', async () => {
    const dataDir = await temporaryFolder()
    const { press, editor } = await openDesk({ DATA_DIR: dataDir })
    await register(editor, { publicKey: recipient })
    await press.db.run({
      sql: `update accounts set role = 'author' where id = ?`,
      values: [editor.id],
    } as never)
    await press.http.close()
    const again = await openPress({ DATA_DIR: dataDir })
    expect(await recipients(again)).not.toContain(recipient)
  })
})

describe('taking a key out', () => {
  test('is for its owner and for owners of the paper; others see none', async () => {
    const { press, owner, editor } = await openDesk()
    await register(editor, { publicKey: recipient })
    const id = await keyId(editor, 'My key')
    const other = await inAs(press, 'editor')
    for (const deed of ['activation', 'deactivation', 'removal'])
      expect((await other.post(`/admin/tips/keys/${id}/${deed}`)).statusCode, deed).toBe(404)
    expect((await (await inAs(press, 'author')).get('/admin/tips/keys')).statusCode).toBe(403)

    await editor.post(`/admin/tips/keys/${id}/deactivation`)
    expect(await recipients(press)).not.toContain(recipient)
    await editor.post(`/admin/tips/keys/${id}/activation`)
    expect(await recipients(press)).toContain(recipient)
    expect((await owner.post(`/admin/tips/keys/${id}/removal`)).statusCode).toBe(303)
    expect(await recipients(press)).not.toContain(recipient)
    expect(await keyId(editor, 'My key')).toBe('')
    const trail = (await owner.get('/admin/audit')).body
    for (const word of ['registered', 'started sealing to', 'stopped sealing to', 'removed'])
      expect(trail).toContain(word)
  })

  test('says that the tip line closes with the last one; no start opens it again by itself', async () => {
    const dataDir = await temporaryFolder()
    const { press, owner, editor } = await openDesk({ DATA_DIR: dataDir })
    const [first = ''] = await recipients(press)
    expect((await owner.get('/admin/tips/keys')).body).toContain('A secret key lies on this server')
    await register(editor, { publicKey: recipient })
    const stray = { publicKey: first }
    expect((await editor.post('/admin/tips/keys/unregistered/removal', stray)).statusCode).toBe(403)
    expect((await owner.post('/admin/tips/keys/unregistered/removal', stray)).statusCode).toBe(303)
    expect(await recipients(press)).toEqual([recipient])

    expect((await editor.get('/admin/tips/keys')).body).toContain('the tip line closes')
    const unsaid = await deed(editor, 'My key', 'removal')
    expect(unsaid.statusCode).toBe(409)
    expect(unsaid.body).toContain('without it the tip line closes')
    expect(await recipients(press)).toEqual([recipient])
    await deed(editor, 'My key', 'removal', { last: 'yes' })
    expect(await recipients(press)).toEqual([])
    expect((await press.http.inject('/tips')).statusCode).toBe(503)
    expect((await editor.get('/admin/tips/keys')).body).toContain('The tip line is closed')
    await press.http.close()
    const again = await openPress({ DATA_DIR: dataDir })
    expect((await again.http.inject('/tips')).statusCode).toBe(503)
  })
})

describe('the settings of the tip line', () => {
  test('require a recovery key: no editor’s key without one, and the last one stays', async () => {
    const { press, owner, editor } = await openDesk()
    expect((await editor.get('/admin/tips/settings')).statusCode).toBe(403)
    const on = { retentionDays: '30', recoveryRequired: 'yes' }
    expect((await owner.post('/admin/tips/settings', on)).statusCode).toBe(303)
    const refused = await register(editor, { publicKey: recipient })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('The recovery key comes first')
    expect(await recipients(press)).not.toContain(recipient)

    const publicKey = await newRecipient()
    expect((await editor.post('/admin/tips/keys/recovery', { label: 'Safe', publicKey })).statusCode).toBe(
      403,
    )
    expect((await owner.post('/admin/tips/keys/recovery', { label: 'Safe', publicKey })).statusCode).toBe(303)
    expect((await register(editor, { publicKey: recipient })).statusCode).toBe(303)
    for (const name of ['deactivation', 'removal'])
      expect((await deed(owner, 'Safe', name)).statusCode, name).toBe(409)
    await owner.post('/admin/tips/settings', { retentionDays: '30' })
    expect((await deed(owner, 'Safe', 'removal')).statusCode).toBe(303)
    expect(await recipients(press)).not.toContain(publicKey)
  })

  test('say how long tips are kept, within sensible bounds', async () => {
    const { press, owner } = await openDesk()
    for (const retentionDays of ['6', '3651', '8.5', 'long', ''])
      expect((await owner.post('/admin/tips/settings', { retentionDays })).statusCode, retentionDays).toBe(
        422,
      )
    await owner.post('/admin/tips/settings', { retentionDays: '30' })
    expect(await inTipStore(press.dataDir, repository => repository.settings())).toEqual({
      retentionDays: 30,
      recoveryRequired: false,
    })
    expect((await owner.get('/admin/tips/settings')).body).toContain('value="30"')
    expect((await owner.get('/admin/audit')).body).toContain('days kept: 30')
  })
})

describe('a shorter time', () => {
  const start = '2021-04-01T12:00:00.000Z'

  test('is saved once it is confirmed what it ends, for just these days', async () => {
    const { press, owner } = await openDesk({}, { clock: movableClock(start).clock })
    const { dataDir } = press
    const days = async () => (await inTipStore(dataDir, tips => tips.settings())).retentionDays
    const save = (fields: Record<string, string>) => owner.post('/admin/tips/settings', fields)
    // With ninety days they end on 11 April and 14 June.
    await keepTip(dataDir, { id: 'a'.repeat(32), day: '2021-01-11' })
    await keepTip(dataDir, { id: 'b'.repeat(32), day: '2021-03-16' })
    await keepTip(dataDir, { id: 'c'.repeat(32), day: '2021-01-11', pinned: true })

    expect((await save({ retentionDays: '81' })).statusCode).toBe(303)
    const asked = await save({ retentionDays: '30' })
    expect(asked.statusCode).toBe(422)
    expect(asked.body).toContain('With 30 days in the place of 81, the time of one tip is over at once.')
    expect(asked.body).toContain('<time datetime="2021-04-08">')
    const other = await save({ retentionDays: '7', shortened: '30' })
    expect(other.body).toContain('With 7 days in the place of 81, the time of 2 tips is over at once.')
    expect(await days()).toBe(81)

    expect((await save({ retentionDays: '7', shortened: '7' })).statusCode).toBe(303)
    expect(await days()).toBe(7)
    const soon = (await owner.get('/admin/tips?show=expiring')).body
    expect(soon.match(/shredded in \d days/g)).toEqual(['shredded in 7 days', 'shredded in 7 days'])
  })

  test('and unpinning leave a tip the seven days of the warning', async () => {
    const { press, owner } = await openDesk({}, { clock: movableClock(start).clock })
    const id = await keepTip(press.dataDir, { day: '2020-01-11', pinned: true })
    await owner.post(`/admin/tips/${id}/unpin`)
    expect((await owner.get(`/admin/tips/${id}`)).body).toContain('shredded in 7 days')
  })
})

describe('sealing old tips anew', () => {
  test('lists what is behind, page by page, and takes the same part sealed to everybody', async () => {
    const { press, owner, editor } = await openDesk()
    const proof = Buffer.alloc(3_000_000, 7)
    const id = await keepTip(press.dataDir, { files: [{ name: 'proof.bin', content: proof }] })
    expect(await behind(owner)).toEqual([])
    await register(editor, { publicKey: recipient })
    const page = (await owner.get('/admin/tips/resealing/parts')).json()
    expect(page.parts.map(({ part }: { part: string }) => part)).toEqual(['1-0', '1-1'])
    expect(page.parts[0].recipients.sort()).toEqual((await recipients(press)).sort())
    expect((await editor.get('/admin/tips/resealing')).body).toContain('2 parts of 1 tip')

    for (const part of ['1-0', '1-1']) {
      const fetched = await owner.get(`/admin/tips/${id}/parts/${part}`)
      expect(fetched.headers['content-type']).toBe('application/octet-stream')
      const sealed = await resealed(fetched.rawPayload, firstKey(press.dataDir), page.parts[0].recipients)
      const answer = await put(press, owner, id, part, sealed, { tag: fetched.headers.etag, ...page })
      expect(answer.statusCode, answer.body).toBe(204)
    }
    expect(await behind(owner)).toEqual([])
    for (const file of sealedParts(press.dataDir)) {
      expect(await opens(readFileSync(file), secret)).toBe(true)
      expect(statSync(file).mtime.toISOString()).toBe('2021-01-04T00:00:00.000Z')
      expect(statSync(file).mode & 0o777).toBe(0o600)
    }
    expect(statSync(path.join(press.dataDir, 'tips/sealed', id)).isDirectory()).toBe(true)
  })

  test('counts a part as behind when one key went and another came, though the header is as long', async () => {
    const { press, owner, editor } = await openDesk()
    await register(editor, { publicKey: await newRecipient() })
    await keepTip(press.dataDir)
    await deed(editor, 'My key', 'removal')
    expect(await behind(owner)).toEqual([])
    await register(editor, { publicKey: recipient })
    expect(await behind(owner)).toEqual(['1-0'])
    expect((await owner.get('/admin/tips/resealing/parts?whole=yes')).json().parts).toHaveLength(1)
  })

  test('goes on where somebody stopped, past what is damaged or gone', async () => {
    const { press, owner, editor } = await openDesk()
    const ids = ['1', '2', '3', '4'].map(digit => digit.repeat(32))
    for (const id of ids) await keepTip(press.dataDir, { id })
    const [first, damaged, gone, last] = ids.map(id =>
      path.join(press.dataDir, 'tips/sealed', id, '1-message.age'),
    ) as [string, string, string, string]
    await register(editor, { publicKey: recipient })
    writeFileSync(damaged, 'no age file any more')
    rmSync(gone)

    const listed = async () => {
      const { parts, ...page } = (await owner.get('/admin/tips/resealing/parts')).json()
      return { ...page, parts, ids: parts.map(({ tipId }: { tipId: string }) => tipId) }
    }
    const sealAnew = async (id: string) => {
      const fetched = await owner.get(`/admin/tips/${id}/parts/1-0`)
      const page = await listed()
      const sealed = await resealed(fetched.rawPayload, firstKey(press.dataDir), page.parts[0].recipients)
      return put(press, owner, id, '1-0', sealed, { tag: fetched.headers.etag, ...page })
    }
    expect((await listed()).ids).toEqual([ids[0], ids[1], ids[3]])
    expect((await sealAnew(ids[0] ?? '')).statusCode).toBe(204)
    // Here somebody stopped: what was sealed anew stays so, the rest is as it was and opens with the old key.
    expect(await opens(readFileSync(first), secret)).toBe(true)
    expect(await opens(readFileSync(last), firstKey(press.dataDir))).toBe(true)
    expect(await opens(readFileSync(last), secret)).toBe(false)
    expect((await listed()).ids).toEqual([ids[1], ids[3]])
    expect((await owner.get(`/admin/tips/${ids[2]}/parts/1-0`)).statusCode).toBe(404)
    expect((await sealAnew(ids[3] ?? '')).statusCode).toBe(204)
    expect((await listed()).ids).toEqual([ids[1]])
    expect(readFileSync(damaged, 'utf8')).toBe('no age file any more')
  })

  test('refuses what is not that part, not sealed to everybody, out of date, or without the form’s token', async () => {
    const { press, owner, editor } = await openDesk()
    const id = await keepTip(press.dataDir)
    await register(editor, { publicKey: recipient })
    const page = (await owner.get('/admin/tips/resealing/parts')).json()
    const everybody: string[] = page.parts[0].recipients
    const fetched = await owner.get(`/admin/tips/${id}/parts/1-0`)
    const key = firstKey(press.dataDir)
    const [file = ''] = sealedParts(press.dataDir)
    const before = readFileSync(file)
    const right = await resealed(fetched.rawPayload, key, everybody)
    const tag = fetched.headers.etag
    const other = new Encrypter()
    for (const one of everybody) other.addRecipient(one)
    const attempts: [number, string, Buffer, object][] = [
      [422, '1-0', await resealed(fetched.rawPayload, key, [recipient]), {}],
      [422, '1-0', await resealed(fetched.rawPayload, key, [...everybody, await newRecipient()]), {}],
      [422, '1-0', Buffer.from(await other.encrypt('another text')), {}],
      [422, '1-0', Buffer.from('AGE-SECRET-KEY-1 in the clear'), {}],
      [422, '1-0', right.subarray(0, -1), {}],
      [413, '1-0', Buffer.concat([right, Buffer.alloc(100_000)]), {}],
      [409, '1-0', right, { tag: '"of another sealing"' }],
      [409, '1-0', right, { generation: page.generation - 1 }],
      [428, '1-0', right, { tag: undefined }],
      [428, '1-0', right, { generation: undefined }],
      [403, '1-0', right, { token: 'nobody’s' }],
      [404, '1-1', right, {}],
      [404, '..%2F..%2Ftips.db', right, {}],
    ]
    for (const [status, part, sealed, conditions] of attempts) {
      const answer = await put(press, owner, id, part, sealed, { tag, ...page, ...conditions })
      expect(answer.statusCode, JSON.stringify([part, conditions])).toBe(status)
      expect(readFileSync(file).equals(before)).toBe(true)
    }
    expect((await put(press, owner, id, '1-0', right, { tag, ...page })).statusCode).toBe(204)
    expect((await put(press, owner, id, '1-0', right, { tag, ...page })).statusCode).toBe(409)
    const erased = { tag: `"${parseAgeHeader(right)?.digest.slice(0, 32)}"`, ...page }
    await owner.post(`/admin/tips/${id}/shredding`, { certain: 'yes' })
    expect((await put(press, owner, id, '1-0', right, erased)).statusCode).toBe(existsSync(file) ? 204 : 404)
    expect(sealedParts(press.dataDir).filter(name => name.includes('staging'))).toEqual([])
  })
})

async function behind(who: Colleague): Promise<string[]> {
  const { parts } = (await who.get('/admin/tips/resealing/parts')).json()
  return parts.map(({ part }: { part: string }) => part)
}

let others = 0
async function inAs(press: Press, role: 'owner' | 'editor' | 'author'): Promise<Colleague> {
  others += 1
  return colleague(press, role, `Colleague ${'abcdefghijklmnop'[others]}`)
}

async function stanzasOfNewTip(press: Press): Promise<number | undefined> {
  const before = new Set(sealedParts(press.dataDir))
  await press.http.inject({ method: 'POST', url: '/tips', ...form({ message: 'They moved the files.' }) })
  const [file = ''] = sealedParts(press.dataDir).filter(name => !before.has(name))
  return parseAgeHeader(readFileSync(file))?.stanzas.length
}

async function resealed(sealed: Buffer, identity: string, everybody: string[]): Promise<Buffer> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const encrypter = new Encrypter()
  for (const one of everybody) encrypter.addRecipient(one)
  return Buffer.from(await encrypter.encrypt(await decrypter.decrypt(sealed)))
}

async function opens(sealed: Buffer, identity: string): Promise<boolean> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return decrypter.decrypt(sealed).then(
    () => true,
    () => false,
  )
}

interface Conditions {
  tag?: string | undefined
  generation?: number
  token?: string
}

async function put(
  press: Press,
  who: Colleague,
  id: string,
  part: string,
  payload: Buffer,
  { tag, generation, token }: Conditions,
): Promise<LightMyRequestResponse> {
  return press.http.inject({
    method: 'PUT',
    url: `/admin/tips/${id}/parts/${part}`,
    payload,
    headers: {
      cookie: who.cookie,
      'content-type': 'application/octet-stream',
      'x-csrf-token': encodeURI(token ?? (await who.token())),
      ...(tag !== undefined && { 'if-match': tag }),
      ...(generation !== undefined && { 'x-tips-generation': String(generation) }),
    },
  })
}
