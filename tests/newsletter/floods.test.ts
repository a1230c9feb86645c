import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { signUp } from '../support/newsletter.js'
import { form, movableClock, openPress, type Press } from '../support/press.js'
import { addReaders } from '../support/readers.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const count = async (press: Press, table: ReturnType<typeof sql>) =>
  ((await press.db.get(table)) as { count: number }).count
const queued = (press: Press) => count(press, sql`select count(*) as count from outbox`)
const waiting = (press: Press) => count(press, sql`select count(*) as count from sign_ups_waiting`)

/** Sign-ups one after the other. @returns how many answers there were of each status */
async function flood(
  press: Press,
  many: number,
  { email, ip }: { email: (index: number) => string; ip: (index: number) => string },
): Promise<Record<number, number>> {
  const answers: Record<number, number> = {}
  for (let index = 0; index < many; index++) {
    const { statusCode, headers } = await signUp(press, { email: email(index) }, ip(index))
    answers[statusCode] = (answers[statusCode] ?? 0) + 1
    if (statusCode === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  }
  return answers
}

/** Turns that come each half minute. */
async function rounds(press: Press, many: number): Promise<void> {
  for (let round = 0; round < many; round++) await press.newsletter.waiting.sendWaiting()
}

const manyClients = (index: number) => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
const address =
  (domain: string, name = 'bot') =>
  (index: number) =>
    `${name}${index}@${domain}`

test('one client with a thousand addresses causes ten mails', async () => {
  const press = await openPress({ LOG_LEVEL: 'silent' })
  const answers = await flood(press, 1_000, { email: address('example.org'), ip: () => '10.0.0.1' })
  expect(answers).toEqual({ 200: 10, 429: 990 })
  expect(await queued(press)).toBe(10)
  expect((await signUp(press, { email: 'reader@example.org' }, '10.0.0.2')).statusCode).toBe(200)
  expect(await queued(press)).toBe(11)
})

test('thousands of addresses at one domain from everywhere cause fifty mails an hour there, and stand in nobody else’s way', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({ LOG_LEVEL: 'silent' }, { clock })
  const answers = await flood(press, 2_000, { email: address('victim.example'), ip: manyClients })
  expect(answers).toEqual({ 200: 1_050, 429: 950 })
  expect(await queued(press)).toBe(50)
  expect(await waiting(press)).toBe(1_000)
  expect((await signUp(press, { email: 'reader@example.org' }, '11.0.0.1')).statusCode).toBe(200)
  expect(await queued(press)).toBe(51)

  const editor = await colleague(press, 'editor')
  const desk = (await editor.get('/admin')).body
  expect(desk).toContain('Sign-ups are being held back')
  expect(desk).toContain('1000 of them at victim.example')

  advance(HOUR)
  await press.newsletter.waiting.sendWaiting()
  await press.newsletter.waiting.sendWaiting()
  expect(await queued(press)).toBe(101)
  expect(await waiting(press)).toBe(950)
})

test('10,000 addresses everywhere cause no more mail than an hour and a day hold; afterwards a reader is written to at once', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({ LOG_LEVEL: 'silent' }, { clock })
  const everywhere = {
    email: (index: number) => `bot${index}@d${index % 5_000}.example.net`,
    ip: manyClients,
  }
  const answers = await flood(press, 10_000, everywhere)
  expect(answers).toEqual({ 200: 1_500, 429: 8_500 })
  expect([await queued(press), await waiting(press)]).toEqual([500, 1_000])

  // Known or not, in the hour of the flood everybody hears the same.
  await addReaders(press, 1)
  const [known] = (await press.db.all(sql`select email from subscribers where status = 'active'`)) as {
    email: string
  }[]
  const told = await signUp(press, { email: known?.email ?? '' }, '11.0.0.1')
  const unknown = await signUp(press, { email: 'unknown@example.org' }, '11.0.0.2')
  expect([told.statusCode, unknown.statusCode]).toEqual([429, 429])

  advance(HOUR)
  await rounds(press, 4)
  expect([await queued(press), await waiting(press)]).toEqual([750, 750])
  expect((await signUp(press, { email: 'reader@example.org' }, '11.0.0.3')).statusCode).toBe(200)
  expect(await queued(press)).toBe(751)
  for (let hour = 0; hour < 6; hour++) {
    advance(HOUR)
    await rounds(press, 4)
  }
  // Half a day's mail is for those who sign up now.
  expect([await queued(press), await waiting(press)]).toEqual([1_500, 1])
  advance(24 * HOUR)
  await rounds(press, 1)
  expect([await queued(press), await waiting(press)]).toEqual([1_501, 0])
  expect((await (await colleague(press, 'editor')).get('/admin')).body).not.toContain('held back')
})

test('while a thousand sign-ups wait to be worked off, who comes is told to come again, and nothing of theirs is kept', async () => {
  const press = await openPress({ LOG_LEVEL: 'silent' })
  const received = () => count(press, sql`select count(*) as count from sign_ups_received`)
  const ask = (index: number) =>
    press.http.inject({
      ...{ method: 'POST', url: '/newsletter', remoteAddress: manyClients(index) },
      ...form({ email: address('example.org')(index) }),
    })
  for (let index = 0; index < 1_000; index++) expect((await ask(index)).statusCode).toBe(200)
  for (const index of [1_000, 0]) {
    const { statusCode, headers, body } = await ask(index)
    expect([statusCode, headers['retry-after']]).toEqual([429, '3600'])
    expect(body).toContain('Nothing was kept. Sign up again in an hour.')
  }
  expect(await received()).toBe(1_000)
  await press.newsletter.reception.workOff()
  expect([await received(), await queued(press), await waiting(press)]).toEqual([0, 50, 950])
  expect((await ask(1_000)).statusCode).toBe(200)
  expect(await received()).toBe(1)
})

test('a restart forgets nothing of a flood', async () => {
  const { clock } = movableClock()
  const press = await openPress({ LOG_LEVEL: 'silent' }, { clock })
  await flood(press, 60, { email: address('victim.example'), ip: manyClients })
  await press.http.close()
  const again = await openPress({ LOG_LEVEL: 'silent', DATA_DIR: press.dataDir }, { clock })
  await flood(again, 60, { email: address('victim.example', 'more'), ip: manyClients })
  expect([await queued(again), await waiting(again)]).toEqual([50, 70])
})

test('a large provider’s mailboxes get as large a part as they have on the list', async () => {
  const { clock } = movableClock()
  const press = await openPress({ LOG_LEVEL: 'silent' }, { clock })
  await press.db.run(sql`
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 200)
    insert into subscribers (id, email, email_key, name, frequency, status, created)
    select 'r' || i, 'r' || i || '@big.example', 'r' || i || case when i % 2 = 0 then '@big.example' else '@other.example' end,
      '', 'weekly', 'active', '2021-01-01' from n`)
  await flood(press, 300, { email: address('big.example'), ip: manyClients })
  expect([await queued(press), await waiting(press)]).toEqual([250, 50])
})

test('who waits is written to once, though they sign up again or leave meanwhile', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({ LOG_LEVEL: 'silent' }, { clock })
  await flood(press, 52, { email: address('victim.example'), ip: manyClients })
  expect(await waiting(press)).toBe(2)
  for (let again = 0; again < 3; again++)
    await signUp(press, { email: 'bot50@victim.example' }, `11.0.0.${again}`)
  expect(await waiting(press)).toBe(2)
  expect(await count(press, sql`select count(*) as count from consents`)).toBe(52)
  await press.db.run(sql`update subscribers set status = 'unsubscribed' where email = 'bot51@victim.example'`)
  advance(HOUR)
  await signUp(press, { email: 'bot50@victim.example' }, '11.0.0.1')
  await press.newsletter.waiting.sendWaiting()
  expect([await queued(press), await waiting(press)]).toEqual([51, 0])
})

test('RATE_LIMITS=off lifts all of it', async () => {
  const press = await openPress({ LOG_LEVEL: 'silent', RATE_LIMITS: 'off' })
  await flood(press, 60, { email: address('victim.example'), ip: () => '10.0.0.1' })
  expect([await queued(press), await waiting(press)]).toEqual([60, 0])
})
