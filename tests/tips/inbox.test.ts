import { existsSync } from 'node:fs'
import path from 'node:path'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { firstKey, inTipStore, keepTip } from '../support/kept-tips.js'
import { movableClock, openPress } from '../support/press.js'

const start = '2021-01-04T12:00:00.000Z'

async function openDesk() {
  const press = await openPress({ RATE_LIMITS: 'off' }, { clock: movableClock(start).clock })
  return {
    press,
    owner: await colleague(press, 'owner', 'Ada Owner'),
    editor: await colleague(press, 'editor', 'Ed Editor'),
  }
}

const rowsIn = (html: string) =>
  [...html.matchAll(/<th scope="row">.*?Tip (\w{6})<\/a>/gs)].map(([, name]) => name)
const idOf = (number: number) => number.toString(16).padStart(6, '0').padEnd(32, 'e')
const nameOf = (number: number) => idOf(number).slice(0, 6)

describe('the inbox', () => {
  test('says what to do while no tip has come, and where a key is made', async () => {
    const { editor } = await openDesk()
    const { body } = await editor.get('/admin/tips')
    expect(body).toContain('No tip has come yet')
    expect(body).toContain('You have no key of your own yet. <a href="/admin/tips/keys">Make one</a>')
    expect(body).toContain('handpress tips open')
  })

  test('lists tips by state, whose they are and how soon they end, page by page', async () => {
    const { press, editor } = await openDesk()
    const { dataDir } = press
    await keepTip(dataDir, { id: idOf(1), files: [{ name: 'a', content: Buffer.from('a') }] })
    await keepTip(dataDir, { id: idOf(2), state: 'verifying', assigned: editor.id })
    await keepTip(dataDir, { id: idOf(3), day: '2020-10-10', state: 'read' })
    await keepTip(dataDir, { id: idOf(4), day: '2020-10-10', state: 'read', pinned: true })
    await keepTip(dataDir, { id: idOf(5), day: '2020-10-15', state: 'closed' })
    const list = async (query = '') => (await editor.get(`/admin/tips${query}`)).body
    const all = await list()
    expect(rowsIn(all)).toEqual([2, 1, 5, 4, 3].map(nameOf))
    expect(all).toContain('New <span class="count">1</span>')
    expect(all).toContain('Read <span class="count">2</span>')
    expect(all).toContain('1 message, 1 file')
    // Ninety days from 10 October end on 8 January; five days later they end beyond the week.
    expect(all.match(/shredded in \d days/g)).toEqual(['shredded in 4 days'])
    expect(rowsIn(await list('?state=read'))).toEqual([4, 3].map(nameOf))
    expect(rowsIn(await list('?show=mine'))).toEqual([nameOf(2)])
    expect(rowsIn(await list('?show=expiring'))).toEqual([nameOf(3)])
    expect(rowsIn(await list('?show=mine&state=new'))).toEqual([])
    expect((await editor.get('/admin')).body).toContain('One tip will be shredded within seven days')

    for (let number = 10; number < 60; number++)
      await keepTip(dataDir, { id: idOf(number), day: '2021-01-03', state: 'read' })
    const first = await list('?state=read')
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? []
    const second = (await editor.get(next.replaceAll('&amp;', '&'))).body
    expect([...rowsIn(first), ...rowsIn(second)]).toEqual(
      [...Array.from({ length: 50 }, (_, index) => 59 - index), 4, 3].map(nameOf),
    )
    expect(second).not.toContain('rel="next"')
  })
})

describe('a tip', () => {
  test('is marked, assigned and pinned, and the trail tells so without a word of it', async () => {
    const { press, owner, editor } = await openDesk()
    const id = await keepTip(press.dataDir, { message: 'The bridge' })
    const home = `/admin/tips/${id}`
    expect((await editor.post(`${home}/state`, { state: 'lost' })).statusCode).toBe(422)
    expect((await editor.post(`${home}/assignment`, { assigned: 'nobody I know' })).body).toContain(
      'Only owners and editors who are at work can see to a tip.',
    )
    for (const [deed, fields] of [
      ['opening', {}],
      ['state', { state: 'verifying' }],
      ['opening', {}],
      ['assignment', { assigned: owner.id }],
      ['pin', {}],
    ] as const)
      expect((await editor.post(`${home}/${deed}`, fields)).statusCode).toBe(303)
    const { body } = await editor.get(home)
    expect(body).toMatch(/value="verifying" selected/)
    expect(body).toContain(`<option value="${owner.id}" selected>Ada Owner</option>`)
    expect(body).toContain('until it is unpinned')
    await editor.post(`${home}/unpin`)
    await editor.post(`${home}/assignment`, { assigned: '' })
    expect(await inTipStore(press.dataDir, tips => tips.byId(id))).toMatchObject({
      pinned: false,
      assigned: null,
    })
    const trail = (await owner.get('/admin/audit?kind=tip')).body
    for (const deed of ['opened', 'marked', 'assigned', 'pinned', 'unpinned'])
      expect(trail).toContain(`>${deed}</td>`)
    expect(trail).toContain(`${id.slice(0, 6)} of 2021-01-04`)
    expect(trail.match(/>opened<\/td>/g)).toHaveLength(1)
    expect(trail).not.toContain('bridge')
    expect((await editor.get('/admin/tips/nowhere')).statusCode).toBe(404)
    expect((await (await colleague(press, 'author')).get(home)).statusCode).toBe(403)
  })

  test('takes replies and notes only as ciphertext for everybody who has to read it', async () => {
    const { press, editor } = await openDesk()
    const { dataDir } = press
    const sourceKey = await identityToRecipient(await generateX25519Identity())
    const id = await keepTip(dataDir, { day: '2020-12-24', sourceKey })
    const newsroom = await identityToRecipient(firstKey(dataDir))
    const sealedTo = async (recipients: string[], content = 'x'.repeat(100)) => {
      const encrypter = new Encrypter()
      for (const recipient of recipients) encrypter.addRecipient(recipient)
      return Buffer.from(await encrypter.encrypt(content))
    }
    const write = async (kind: string, payload: Buffer, tip = id) =>
      press.http.inject({
        ...{ method: 'POST', url: `/admin/tips/${tip}/${kind}`, payload },
        headers: {
          'content-type': 'application/octet-stream',
          ...{ cookie: editor.cookie, 'x-csrf-token': await editor.token() },
        },
      })
    const answers = [
      await write('notes', Buffer.from('In clear.')),
      await write('notes', Buffer.from('age-encryption.org/v1\n-> X25519 without an end')),
      await write('notes', await sealedTo([newsroom], 'x'.repeat(300_000))),
      await write('replies', await sealedTo([newsroom])),
      await editor.post(`/admin/tips/${id}/replies`, { reply: 'In clear.' }),
      await write('replies', await sealedTo([newsroom, sourceKey]), await keepTip(dataDir)),
      await write('notes', await sealedTo([newsroom]), 'nowhere'),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([422, 422, 413, 409, 422, 409, 404])
    expect(await inTipStore(dataDir, tips => tips.parts(id))).toHaveLength(1)

    expect((await write('notes', await sealedTo([newsroom]))).statusCode).toBe(303)
    expect(await inTipStore(dataDir, tips => tips.byId(id))).toMatchObject({
      state: 'new',
      lastDay: '2020-12-24',
    })
    expect((await write('replies', await sealedTo([newsroom, sourceKey]))).statusCode).toBe(303)
    expect(await inTipStore(dataDir, tips => tips.byId(id))).toMatchObject({
      state: 'replied',
      lastDay: '2021-01-04',
    })
    expect(
      (await inTipStore(dataDir, tips => tips.parts(id))).map(({ batch, kind }) => `${batch} ${kind}`),
    ).toEqual(['1 source', '2 note', '3 reply'])
    for (const name of ['2-note.age', '3-reply.age'])
      expect(existsSync(path.join(dataDir, 'tips/sealed', id, name))).toBe(true)
  })

  test('is shredded once that is confirmed: rows and files are gone, the trail says that it was', async () => {
    const { press, owner, editor } = await openDesk()
    const id = await keepTip(press.dataDir)
    const home = `/admin/tips/${id}`
    const refused = await editor.post(`${home}/shredding`)
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('Tick the box to confirm that the tip is to be shredded.')
    const { statusCode, headers } = await editor.post(`${home}/shredding`, { certain: 'yes' })
    expect([statusCode, headers.location]).toEqual([303, '/admin/tips'])
    expect((await editor.get(home)).statusCode).toBe(404)
    expect(existsSync(path.join(press.dataDir, 'tips/sealed', id))).toBe(false)
    expect((await owner.get('/admin/audit?kind=tip')).body).toContain('>shredded</td>')
  })
})
