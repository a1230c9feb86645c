import { expect, test } from 'vitest'
import { raw, sql } from '../../src/foundation/database.js'
import { parseAddress } from '../../src/newsletter/address.js'
import { join, linkIn, mails, signUp } from '../support/newsletter.js'
import { openNewsroom } from '../support/newsroom.js'
import { form, movableClock, type Press } from '../support/press.js'

const post = (
  press: Press,
  url: string,
  fields: Record<string, string> | [string, string][] = {},
  headers = {},
) => {
  const body = form(fields)
  return press.http.inject({ method: 'POST', url, ...body, headers: { ...body.headers, ...headers } })
}

const readers = async (press: Press) =>
  (await press.db.all(sql`select email, status, frequency from subscribers order by id`)) as {
    email: string
    status: string
    frequency: string
  }[]

const secretHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
}

test('a reader changes frequency, sections and name; what changed is noted', async () => {
  const press = await openNewsroom()
  await press.articles.desk.saveSections([
    { slug: 'press', name: 'Press', description: '' },
    { slug: 'ink', name: 'Ink', description: '' },
  ])
  const { preferences } = await join(press, 'reader@example.org', { sections: 'ink' })
  const page = await press.http.inject(preferences)
  expect(page.statusCode).toBe(200)
  expect(page.headers).toMatchObject(secretHeaders)
  expect(page.body).toContain('<meta name="robots" content="noindex">')
  expect(page.body).toMatch(/value="ink" checked/)
  expect(page.body).toMatch(/value="weekly" checked/)

  const saved = await post(press, preferences, [
    ['frequency', 'daily'],
    ['sections', 'press'],
    ['sections', 'ink'],
    ['name', 'Ada'],
  ])
  expect(saved.statusCode).toBe(200)
  expect(saved.body).toContain('Saved')
  expect(saved.body).toMatch(/value="daily" checked/)
  expect(await press.db.get(sql`select name, frequency from subscribers`)).toEqual({
    name: 'Ada',
    frequency: 'daily',
  })
  expect(await press.db.get(sql`select count(*) as chosen from subscriber_sections`)).toEqual({ chosen: 2 })
  await post(press, preferences, { frequency: 'daily', name: 'Ada' })
  expect(await press.db.get(sql`select count(*) as chosen from subscriber_sections`)).toEqual({ chosen: 0 })
  expect(await press.db.all(sql`select detail from consents where event = 'changed' order by id`)).toEqual([
    { detail: 'the name; frequency: weekly → daily; sections: 2' },
    { detail: 'sections: all' },
  ])
})

test('a form that cannot be kept comes back with what was typed', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press, 'reader@example.org', { name: 'Ada' })
  const long = 'x'.repeat(101)
  const answer = await post(press, preferences, { name: long, frequency: 'daily', sections: 'none' })
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toContain('href="#name"')
  expect(answer.body).toContain('This name is longer than 100 characters. Shorten it.')
  expect(answer.body).toMatch(new RegExp(`name="name"[^>]* maxlength="100"[^>]* value="${long}"`))
  expect(await press.db.get(sql`select name from subscribers`)).toEqual({ name: 'Ada' })
  expect(answer.body).toMatch(/value="daily" checked/)
  const unknown = await post(press, preferences, { sections: 'no-such-section' })
  expect(unknown.statusCode).toBe(422)
  expect((await readers(press))[0]).toMatchObject({ frequency: 'weekly' })
})

test('forms of other sites are refused, whatever token they know', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press)
  const foreign = [{ origin: 'https://evil.example' }, { origin: 'null', 'sec-fetch-site': 'cross-site' }]
  for (const headers of foreign) {
    expect((await post(press, preferences, {}, headers)).statusCode).toBe(403)
    expect((await post(press, `${preferences}/erasure`, {}, headers)).statusCode).toBe(403)
  }
  const own = [{ origin: 'null', 'sec-fetch-site': 'same-origin' }, { origin: 'null' }, {}]
  for (const headers of own) expect((await post(press, preferences, {}, headers)).statusCode).toBe(200)
})

test('a token of another purpose, a forged one and one of nobody lead to a page that says what to do', async () => {
  const press = await openNewsroom()
  const { preferences, leave, confirm } = await join(press)
  const last = (link: string) => link.slice(link.lastIndexOf('/') + 1)
  const tokens = [last(leave), last(confirm), `${last(preferences).slice(0, -2)}zz`, 'x', '-'.repeat(34)]
  for (const token of tokens)
    for (const part of ['', '/data.json', '/erasure', '/address'])
      for (const method of part === '/address' ? (['POST'] as const) : (['GET', 'POST'] as const)) {
        if (part === '/data.json' && method === 'POST') continue
        const url = `/newsletter/preferences/${token}${part}`
        const answer = await press.http.inject({ method, url, ...form({ email: 'a@example.org' }) })
        expect(answer.statusCode, `${method} ${url}`).toBe(404)
        expect(answer.body).toContain('This link does not open')
      }
  for (const method of ['GET', 'POST'] as const)
    expect(
      (await press.http.inject({ method, url: `/newsletter/move/${last(preferences)}` })).statusCode,
    ).toBe(404)
  expect(await readers(press)).toHaveLength(1)
})

test('a new address gets mail once it is confirmed there; the old one is told, and knows no more', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press, 'old@example.org', { frequency: 'daily' })
  const asked = await post(press, `${preferences}/address`, { email: 'New@example.net' })
  expect(asked.statusCode).toBe(200)
  expect(await readers(press)).toMatchObject([{ email: 'old@example.org', status: 'active' }])
  const mail = (await mails(press)).at(-1)
  expect(mail?.to).toMatchObject({ text: 'New@example.net' })
  // It may be a stranger's address: nothing of the reader's is in it.
  expect(JSON.stringify(mail)).not.toMatch(/old@|unsubscribe|preferences/i)
  const move = linkIn(mail?.text, 'move')
  const page = await press.http.inject(move)
  expect(page.statusCode).toBe(200)
  expect(page.headers).toMatchObject(secretHeaders)
  expect(page.body).not.toContain('old@')
  expect(await readers(press)).toMatchObject([{ email: 'old@example.org', status: 'active' }])

  const moved = await post(press, move)
  expect(moved.statusCode).toBe(200)
  expect((await readers(press)).map(({ email, status, frequency }) => [email, status, frequency])).toEqual([
    ['old@example.org', 'unsubscribed', 'daily'],
    ['New@example.net', 'active', 'daily'],
  ])
  const farewell = (await mails(press)).at(-1)
  expect(farewell?.to).toMatchObject({ text: 'old@example.org' })
  expect(JSON.stringify(farewell)).not.toContain('example.net')
  const [, own = ''] = /href="(\/newsletter\/preferences\/[\w-]+)"/.exec(moved.body) ?? []
  expect((await press.http.inject(own)).body).toContain('New@example.net')
  expect((await press.http.inject(preferences)).body).not.toContain('example.net')
  expect((await post(press, move)).statusCode).toBe(404)
})

test('moving to an address that is known, barred or unknown looks the same', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const { preferences } = await join(press, 'mover@example.org', { frequency: 'every' })
  const other = await join(press, 'known@example.org')
  await signUp(press, { email: 'barred@example.org' })
  await press.newsletter.suppressions.add(press.db, {
    email: 'barred@example.org',
    reason: 'editor',
    detail: '',
  })
  const bodies = new Set<string>()
  for (const name of ['known', 'barred', 'fresh']) {
    const answer = await post(press, `${preferences}/address`, { email: `${name}@example.org` })
    bodies.add(`${answer.statusCode} ${answer.body.replaceAll(name, '')}`)
  }
  expect(bodies.size).toBe(1)
  const sent = (await mails(press)).filter(mail => mail.subject?.includes('new address'))
  expect(sent.map(mail => (mail.to as { text: string }).text).sort()).toEqual([
    'fresh@example.org',
    'known@example.org',
  ])
  // Only the newest link counts.
  const toKnown = sent.find(mail => (mail.to as { text: string }).text.startsWith('known'))
  expect((await post(press, linkIn(toKnown?.text, 'move'))).statusCode).toBe(404)
  await post(press, `${preferences}/address`, { email: 'known@example.org' })
  expect((await post(press, linkIn((await mails(press)).at(-1)?.text, 'move'))).statusCode).toBe(200)
  const list = new Map((await readers(press)).map(reader => [reader.email, reader]))
  expect(list.get('known@example.org')).toMatchObject({ status: 'active', frequency: 'every' })
  expect(list.get('mover@example.org')).toMatchObject({ status: 'unsubscribed' })
  expect((await post(press, other.leave)).statusCode).toBe(200)
})

test('a link to a new address lasts seven days', async () => {
  const { clock, advance } = movableClock()
  const press = await openNewsroom({}, { clock })
  const { preferences } = await join(press)
  await post(press, `${preferences}/address`, { email: 'new@example.org' })
  const move = linkIn((await mails(press)).at(-1)?.text, 'move')
  advance(7 * 86_400_000)
  expect((await press.http.inject(move)).statusCode).toBe(404)
  expect((await post(press, move)).statusCode).toBe(404)
  expect(await readers(press)).toMatchObject([{ status: 'active' }])
})

test('who moves during a mailing misses nothing of it', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press)
  await mailing(press, 'sending', 'queued')
  await post(press, `${preferences}/address`, { email: 'new@example.net' })
  await post(press, linkIn((await mails(press)).at(-1)?.text, 'move'))
  expect(
    await press.db.all(sql`select s.email, d.state, d.domain from deliveries as d
      join subscribers as s on s.id = d.subscriber_id`),
  ).toEqual([{ email: 'new@example.net', state: 'queued', domain: 'example.net' }])
  expect(await press.db.get(sql`select queued from mailings`)).toEqual({ queued: 1 })
})

test('a reader takes along all that is kept of them, as JSON', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press, 'reader@example.org', { name: 'Ada "Ink" ünï' })
  await mailing(press, 'finished', 'accepted')
  await press.db.run(sql`insert into bounces (id, subscriber_id, at, kind, code, decision, source, raw)
    select 'b1', id, '2021-01-04T12:00:00.000Z', 'soft', '4.2.2', 'counted', 'smtp', 'mailbox full' from subscribers`)
  const answer = await press.http.inject(`${preferences}/data.json`)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers).toMatchObject({
    ...secretHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="newsletter-data.json"',
  })
  const copy = answer.json()
  expect(Object.keys(copy)).toEqual([
    ...['exported', 'reader', 'suppression', 'consents', 'deliveries', 'bounces'],
  ])
  expect(copy.reader).toMatchObject({ email: 'reader@example.org', name: 'Ada "Ink" ünï', status: 'active' })
  expect(copy.consents.map(({ event }: { event: string }) => event)).toEqual(['signed-up', 'confirmed'])
  expect(copy.deliveries).toMatchObject([{ issue: 1, subject: 'News', state: 'accepted' }])
  expect(copy.bounces).toMatchObject([{ kind: 'soft', code: '4.2.2', raw: 'mailbox full' }])
})

test('a copy of many years comes whole', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press)
  await press.db.run(sql`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1001)
    insert into consents (id, subscriber_id, at, event, form, wording)
    select printf('zz%06d', n.i), s.id, '2021-01-04', 'changed', 'preferences', '' from subscribers as s, n`)
  expect((await press.http.inject(`${preferences}/data.json`)).json().consents).toHaveLength(1_003)
})

test('who is erased is gone: rows, waiting mail, counts; the address leaves a keyed hash', async () => {
  const press = await openNewsroom()
  const { preferences } = await join(press, 'Erased.Person@example.org', { name: 'Ada Lovelace' })
  await join(press, 'stays@example.org')
  await mailing(press, 'sending', 'queued')
  await press.db.run(sql`insert into bounces (id, subscriber_id, at, kind, decision, source, raw)
    select 'b' || id, id, '2021-01-04T12:00:00.000Z', 'soft', 'counted', 'smtp', 'for ' || email from subscribers`)
  await press.db.run(sql`insert into bounces (id, at, kind, decision, source, raw) values
    ('u1', '2021-01-04', 'other', 'noted', 'smtp', 'To: <ERASED.Person@example.org>'),
    ('u2', '2021-01-04', 'other', 'noted', 'smtp', 'To: <erasedXperson@example.org>')`)
  await press.db.run(sql`insert into lifted_suppressions (hash, email, reason, detail, at, lifted)
    values ('h', 'Erased.Person@example.org', 'editor', '', '2021-01-04', '2021-01-04')`)
  await signUp(press, { email: 'erased.person@example.org' })
  await post(press, `${preferences}/address`, { email: 'other@example.org' })

  const asked = await press.http.inject(`${preferences}/erasure`)
  expect(asked.body).toContain('fingerprint')
  expect(await readers(press)).toHaveLength(2)
  const erased = await post(press, `${preferences}/erasure`)
  expect(erased.statusCode).toBe(200)
  expect(erased.body).toContain('You are erased')
  const tables = [
    'subscribers',
    'consents',
    'subscriber_tokens',
    'deliveries',
    'bounces',
    'outbox',
    'suppressions',
    'lifted_suppressions',
  ]
  for (const table of tables) {
    const rows = JSON.stringify(await press.db.all(sql`select * from ${raw(table)}`))
    expect(rows, table).not.toMatch(/erased\.person|lovelace|other@/i)
  }
  expect(await press.db.all(sql`select id from bounces where subscriber_id is null`)).toEqual([{ id: 'u2' }])
  expect(await press.db.get(sql`select queued from mailings`)).toEqual({ queued: 1 })
  expect(await press.db.all(sql`select email, reason from suppressions`)).toEqual([
    { email: null, reason: 'erased' },
  ])
  expect((await press.http.inject(preferences)).statusCode).toBe(404)
  expect((await post(press, `${preferences}/erasure`)).statusCode).toBe(404)
})

test('an erased reader comes back by their own confirmation only; other suppressions stay', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const { preferences } = await join(press)
  await post(press, `${preferences}/erasure`)
  const key = parseAddress('reader@example.org')?.key ?? ''
  const reason = async () => (await press.newsletter.suppressions.of(press.db, key))?.reason
  await signUp(press, { email: 'reader@example.org' })
  expect(await reason()).toBe('erased')
  const confirm = linkIn((await mails(press)).at(-1)?.text, 'confirm')
  await post(press, confirm)
  expect(await reason()).toBeUndefined()
  expect(await readers(press)).toMatchObject([{ status: 'active' }])

  const before = (await mails(press)).length
  await press.newsletter.suppressions.add(press.db, {
    email: 'reader@example.org',
    reason: 'complaint',
    detail: '',
  })
  const barred = await signUp(press, { email: 'reader@example.org' })
  const fresh = await signUp(press, { email: 'fresh@example.org' })
  expect(barred.body).toBe(fresh.body)
  expect((await mails(press)).length).toBe(before + 1)
  expect(await reason()).toBe('complaint')
})

/** A mailing with a copy for each reader. */
async function mailing(press: Press, state: string, copies: string): Promise<void> {
  const at = '2021-01-04T12:00:00.000Z'
  await press.db.run(
    sql`insert into issues (id, status, origin, created, changed) values ('i1', 'sent', 'desk', ${at}, ${at})`,
  )
  await press.db.run(sql`insert into mailings (issue_id, number, state, from_name, subject, html, text, created, queued)
    select 'i1', 1, ${state}, 'Paper', 'News', '', '', ${at}, count(*) from subscribers`)
  await press.db.run(sql`insert into deliveries (subscriber_id, issue_id, state, domain, at)
    select id, 'i1', ${copies}, 'example.org', ${at} from subscribers`)
}
