import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, onTestFinished, test } from 'vitest'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { seal } from '../../src/tips/sealing/sealing.js'
import { type Tip, tipsRepository } from '../../src/tips/store/index.js'
import { putReply } from '../support/kept-tips.js'
import { form, movableClock, openPress, type Press, temporaryFolder } from '../support/press.js'
import { codenameIn, multipart, sealedParts, sessionIn } from '../support/tips.js'

type Form = { payload: string | Buffer; headers: Record<string, string> }
type Answer = Awaited<ReturnType<Press['http']['inject']>>

const post = (press: Press, url: string, body: Form): Promise<Answer> =>
  press.http.inject({ method: 'POST', url, ...body })

/** Comes back with the codename. @returns the token that the page carries */
const enter = async (press: Press, codename: string): Promise<string> =>
  sessionIn((await post(press, '/tips/return', form({ codename }))).body)

const aRecipient = async () => identityToRecipient(await generateX25519Identity())

/** What a sealed part holds. */
async function* text(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content)
}

/** A press with limits off that has one tip. */
async function withTip(environment: Record<string, string> = {}) {
  const { clock, advance } = movableClock()
  const press = await openPress({ RATE_LIMITS: 'off', ...environment }, { clock })
  const received = await post(press, '/tips', form({ message: 'The second set of books.' }))
  const db = openSqlite(path.join(press.dataDir, 'tips/tips.db'))
  onTestFinished(() => db.close())
  const [tip] = (await tipsRepository(db).list(1, {})) as [Tip]
  const reply = (batch: number, recipient: string, message: string) =>
    putReply(press.dataDir, { tipId: tip.id, batch, recipient, message })
  return { press, advance, db, tip, received, codename: codenameIn(received.body), reply }
}

test('a source comes back for half an hour, reads what was replied, and is forgotten by a button or the clock', async () => {
  const { press, advance, db, tip, codename, reply } = await withTip()
  expect(tip.sourceKey).toMatch(/^age1/)
  await reply(2, tip.sourceKey, 'Thank you. <b>Where</b> is the first?')
  await reply(3, await aRecipient(), 'For somebody else.')

  const typed = codename.toUpperCase().replaceAll(' ', '  -')
  const signedIn = await post(press, '/tips/return', form({ codename: typed }))
  expect(signedIn.statusCode).toBe(200)
  expect(signedIn.body).toContain('Thank you. &lt;b&gt;Where&lt;/b&gt; is the first?')
  expect(signedIn.body).not.toContain('For somebody else.')
  expect(signedIn.body).not.toContain(codename)

  const session = sessionIn(signedIn.body)
  const returned = () => post(press, '/tips/return', form({ session }))
  const before = (await returned()).body
  expect(before).toContain('Thank you.')
  expect(before).toMatch(/It is kept until <time datetime="2021-04-04">/)
  await tipsRepository(db).pin(tip.id)
  const pinned = (await returned()).body
  expect(pinned).toContain('The newsroom has marked this tip to be kept for longer.')
  expect(pinned).not.toContain('It is kept until')
  const left = await post(press, '/tips/return/ending', form({ session }))
  expect(left.headers['clear-site-data']).toBe('"cache", "cookies", "storage"')
  const after = await returned()
  expect([after.statusCode, after.body.includes('Thank you.')]).toEqual([422, false])
  expect(after.body).toContain('You are not signed in any more')

  const again = await enter(press, codename)
  advance(31 * 60_000)
  const more = form({ session: again, message: 'Typed for an hour.' })
  const late = await post(press, '/tips/return/messages', more)
  expect(late.statusCode).toBe(422)
  expect(late.body).toContain('30 minutes have passed')
  expect(late.body).toContain('Typed for an hour.')
  expect(sealedParts(press.dataDir)).toHaveLength(3)
})

test('no page of the tip line sets a cookie: who has come back is known by 256 bits in the forms of that page alone', async () => {
  const onion = 'a'.repeat(56)
  const press = await openPress({ SITE_URL: 'https://paper.example', ONION_URL: `http://${onion}.onion` })
  const received = await post(press, '/tips', form({ message: 'x' }))
  const codename = codenameIn(received.body)
  const answers = [received]
  for (const host of ['paper.example', `${onion}.onion`]) {
    const ask = async (url: string, fields: Record<string, string>) => {
      const { payload, headers } = form(fields)
      const answer = await post(press, url, { payload, headers: { ...headers, host } })
      answers.push(answer)
      return answer.body
    }
    const inbox = await ask('/tips/return', { codename })
    const session = sessionIn(inbox)
    expect(session).toMatch(/^[\w-]{43}$/)
    const forms = [...inbox.matchAll(/<form id="(\w+)" [^>]*>\n(<input type="hidden" name="session")?/g)]
    expect(forms.map(([, id, has]) => [id, has !== undefined])).toEqual([
      ...[
        ['ending', true],
        ['again', false],
        ['more', true],
        ['erasure', true],
      ],
    ])
    expect(inbox.match(/(href|action|src)="[^"]*"/g)?.join()).not.toContain(session)
    expect(await ask('/tips/return', { session })).toContain('There is no reply yet')
    await ask('/tips/return/messages', { session, message: 'y' })
    await ask('/tips/return/erasure', { session })
    const opened = await press.http.inject({
      url: '/tips/return',
      headers: { host, cookie: `tip=${session}` },
    })
    expect(opened.body).toContain('id="return-codename"')
    await ask('/tips/return/ending', { session })
  }
  expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual(answers.map(() => undefined))
})

test('a page that is loaded anew, and so sends its form again, changes nothing', async () => {
  const { press, db, tip, codename } = await withTip()
  const session = await enter(press, codename)
  const files = [{ name: 'books.txt', content: 'one' }]
  const add = (message: string, more = files) =>
    post(press, '/tips/return/messages', multipart({ session, message }, more))
  const first = await add('And the first.')
  await tipsRepository(db).setState(tip.id, 'read')
  const [again, twice] = [await add('And the first.'), await add('And the first.')]
  for (const { statusCode, body } of [first, again, twice])
    expect([statusCode, body.includes('Added. It has arrived')]).toEqual([200, true])
  expect(sealedParts(press.dataDir)).toHaveLength(3)
  expect(await tipsRepository(db).byId(tip.id)).toMatchObject({ state: 'read' })
  // With the codename instead of a session, as where one was over.
  const typed = form({ codename, message: 'Typed for an hour.' })
  for (const _ of [1, 2]) expect((await post(press, '/tips/return/messages', typed)).statusCode).toBe(200)
  expect(sealedParts(press.dataDir)).toHaveLength(4)

  // Another text, another file or another name is something else.
  await add('And the third.')
  await add('And the first.', [{ name: 'books.txt', content: 'two' }])
  await add('And the first.', [{ name: 'other.txt', content: 'one' }])
  expect(sealedParts(press.dataDir)).toHaveLength(10)

  for (const _ of [1, 2]) expect(await enter(press, codename)).not.toBe('')
  const certain = form({ session, certain: 'yes' })
  expect((await post(press, '/tips/return/erasure', certain)).statusCode).toBe(200)
  expect((await post(press, '/tips/return/erasure', certain)).statusCode).toBe(422)
})

test('what was refused for want of room is kept when it comes again', async () => {
  const { press, codename } = await withTip()
  const session = await enter(press, codename)
  const more = form({ session, message: 'And the first.' })
  const sealed = path.join(press.dataDir, 'tips/sealed')
  renameSync(sealed, `${sealed}-away`)
  writeFileSync(sealed, '')
  expect((await post(press, '/tips/return/messages', more)).statusCode).toBeGreaterThanOrEqual(500)
  rmSync(sealed)
  renameSync(`${sealed}-away`, sealed)
  expect((await post(press, '/tips/return/messages', more)).body).toContain('Added. It has arrived')
  expect(sealedParts(press.dataDir)).toHaveLength(2)
})

test('earlier replies are asked for by a form, thirty at a time', async () => {
  const { press, tip, codename, reply } = await withTip()
  for (let batch = 2; batch < 34; batch++) await reply(batch, tip.sourceKey, `Reply ${batch}.`)
  const inbox = (await post(press, '/tips/return', form({ codename }))).body
  expect([inbox.includes('Reply 3.'), inbox.includes('Reply 4.')]).toEqual([false, true])
  const [, before = ''] = /name="before" value="(\d+)"/.exec(inbox) ?? []
  const earlier = await post(press, '/tips/return', form({ session: sessionIn(inbox), before }))
  expect([earlier.body.includes('Reply 3.'), earlier.body.includes('Reply 4.')]).toEqual([true, false])
})

test('what a source adds makes the tip new again; erasing wants a tick and takes all', async () => {
  const { press, db, tip, codename } = await withTip()
  await tipsRepository(db).setState(tip.id, 'read')
  const session = await enter(press, codename)
  const added = multipart({ session, message: 'And the first.' }, [{ name: 'books.txt', content: 'one' }])
  expect((await post(press, '/tips/return/messages', added)).statusCode).toBe(200)
  expect(await tipsRepository(db).byId(tip.id)).toMatchObject({ state: 'new' })
  expect(sealedParts(press.dataDir)).toHaveLength(3)

  expect((await post(press, '/tips/return/erasure', form({ session }))).statusCode).toBe(422)
  expect(sealedParts(press.dataDir)).toHaveLength(3)
  const certain = form({ session, certain: 'yes' })
  const forged = { ...certain, headers: { ...certain.headers, 'sec-fetch-site': 'cross-site' } }
  expect((await post(press, '/tips/return/erasure', forged)).statusCode).toBe(403)
  const erased = await post(press, '/tips/return/erasure', certain)
  expect(erased.statusCode).toBe(200)
  expect(sealedParts(press.dataDir)).toEqual([])
  expect((await post(press, '/tips/return', form({ codename }))).statusCode).toBe(422)
})

test('every page has one size and no compression: known or unknown, with or without a reply, taken or refused', async () => {
  const { press, tip, received, codename, reply } = await withTip()
  const get = (url: string) => press.http.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
  const before = await post(press, '/tips/return', form({ codename }))
  await reply(2, tip.sourceKey, 'A long answer. '.repeat(400))
  const pages = [
    ...(await Promise.all(['/tips', '/tips/return', '/tips/what-we-hold', '/tips/nowhere'].map(get))),
    ...[received, before, await post(press, '/tips/return', form({ codename }))],
    await post(press, '/tips/return', form({ codename: 'seven words that nobody was ever given' })),
    await post(press, '/tips', form({ message: '' })),
    await post(press, '/tips', { payload: '{}', headers: { 'content-type': 'application/json' } }),
  ]
  expect(pages.map(({ statusCode }) => statusCode)).toEqual([
    ...[200, 200, 200, 404, 200, 200, 200, 422, 422, 415],
  ])
  expect(new Set(pages.map(({ rawPayload }) => rawPayload.length))).toEqual(new Set([65_536]))
  // One that gives a long text back is longer, as the text was on its way here.
  const tooLong = await post(press, '/tips', form({ message: 'x'.repeat(50_001) }))
  expect([tooLong.statusCode, tooLong.rawPayload.length]).toEqual([413, 131_072])
  for (const { headers } of [...pages, tooLong]) {
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers['cache-control']).toContain('no-transform')
  }
})

test('what a browser has sealed is kept as it came; anything else is refused and leaves nothing', async () => {
  const recipients = [await aRecipient(), await aRecipient()]
  const { press } = await withTip({ TIPS_RECIPIENTS: recipients.join() })
  const folder = await temporaryFolder()
  const sealedTo = async (recipients: string[], name: string) => {
    const file = path.join(folder, name)
    await seal([{ name: 'message.txt', content: text('Sealed elsewhere.') }], recipients, file)
    return readFile(file)
  }
  const good = await sealedTo(recipients, 'good.age')
  const forOne = await sealedTo(recipients.slice(1), 'for-one.age')
  const part = (content: Buffer | string, name = 'message.age') => ({ name, content, field: 'sealed' })
  const lookup = Buffer.alloc(32, 7).toString('base64url')
  const fields = { lookup, source_key: await aRecipient() }
  const kept = sealedParts(press.dataDir)
  for (const [reason, status, body] of [
    ['not sealed', 422, multipart(fields, [part('The second set of books.')])],
    ['not padded', 422, multipart(fields, [part(good.subarray(0, -1))])],
    ['for too few', 409, multipart(fields, [part(forOne)])],
    ['another name', 422, multipart(fields, [part(good, 'other.age')])],
    ['twice', 422, multipart(fields, [part(good), part(good)])],
    ['with a gap', 422, multipart(fields, [part(good), part(good, 'file-2.age')])],
    ['no lookup id', 422, multipart({ ...fields, lookup: 'short' }, [part(good)])],
    ['no key for replies', 422, multipart({ ...fields, source_key: 'age1nobody' }, [part(good)])],
  ] as const)
    expect((await post(press, '/tips', body)).statusCode, reason).toBe(status)
  expect(sealedParts(press.dataDir)).toEqual(kept)

  const taken = await post(press, '/tips', multipart(fields, [part(good)]))
  expect(taken.statusCode).toBe(200)
  expect(codenameIn(taken.body)).toBe('')
  const [added = ''] = sealedParts(press.dataDir).filter(file => !kept.includes(file))
  expect(await readFile(added)).toEqual(good)
  // Sent again, as when the answer was lost, it is the same tip; with another key for replies it is nobody's.
  expect((await post(press, '/tips', multipart(fields, [part(good)]))).statusCode).toBe(200)
  const other = { ...fields, source_key: await aRecipient() }
  expect((await post(press, '/tips', multipart(other, [part(good)]))).statusCode).toBe(409)
  expect(sealedParts(press.dataDir)).toHaveLength(kept.length + 1)
  expect((await post(press, '/tips/return', form({ lookup }))).statusCode).toBe(200)
})
