import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { join, linkIn, mails, signUp } from '../support/newsletter.js'
import { form, movableClock, openPress, type Press } from '../support/press.js'
import { serveProgram } from '../support/program.js'

async function query(dataDir: string, text: ReturnType<typeof sql>) {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  const rows = await db.all(text)
  await db.close()
  return rows as Record<string, unknown>[]
}

const subscribers = (press: Press) =>
  query(press.dataDir, sql`select email, name, frequency, status from subscribers`)

describe('signing up', () => {
  test('takes a confirmation by mail, and opening its link alone does nothing', async () => {
    const press = await openPress()
    const answer = await signUp(press, {
      email: ' Reader@EXAMPLE.org ',
      name: 'Ada',
      frequency: 'daily',
      form: 'article',
    })
    expect(answer.statusCode).toBe(200)
    expect(await subscribers(press)).toEqual([
      { email: 'Reader@example.org', name: 'Ada', frequency: 'daily', status: 'pending' },
    ])
    const [mail] = await mails(press)
    expect(mail?.html).toContain(linkIn(mail?.text, 'confirm'))
    expect(mail?.html).toMatch(/<a class="button" [^>]*style="[^"]*background: #a02d1b/)
    expect(mail?.html).toContain('@media (prefers-color-scheme: dark)')
    const confirm = linkIn(mail?.text, 'confirm')
    const opened = await press.http.inject(confirm)
    expect(opened.body).toContain('Reader@example.org')
    expect(opened.headers['cache-control']).toBe('no-store')
    expect((await subscribers(press))[0]?.status).toBe('pending')
    expect((await press.http.inject({ method: 'POST', url: confirm })).body).toContain('Welcome')
    expect((await subscribers(press))[0]?.status).toBe('active')
    expect((await press.http.inject({ method: 'POST', url: confirm })).body).toContain('already')
    const consents = await query(
      press.dataDir,
      sql`select event, form, wording from consents order by at, id`,
    )
    expect(consents).toEqual([
      { event: 'signed-up', form: 'article', wording: '2026-11' },
      { event: 'confirmed', form: 'mail', wording: '2026-11' },
    ])
  })

  test('looks the same whether or not the address is known; the mail tells its owner', async () => {
    const press = await openPress()
    await join(press)
    const known = await signUp(press, { email: 'READER@example.org' })
    const unknown = await signUp(press, { email: 'other@example.org' })
    expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body])
    const subjects = (await mails(press)).map(mail => mail.subject)
    expect(subjects.at(-2)).toContain('You already get')
    expect((await subscribers(press)).map(reader => reader.status)).toEqual(['active', 'pending'])
  })

  test('has all that follows from it, or nothing and is put by; those behind it go on', async () => {
    const press = await openPress({ RATE_LIMITS: 'off' })
    const db = openSqlite(path.join(press.dataDir, 'site.db'))
    await db.script(`
      create trigger outbox_torn before insert on outbox when new.recipient like 'torn@%' begin
        select raise(abort, 'torn');
      end`)
    for (const name of ['first', 'torn', 'last'])
      await press.http.inject({
        method: 'POST',
        url: '/newsletter',
        ...form({ email: `${name}@example.org` }),
      })
    expect(await subscribers(press)).toEqual([])
    await press.newsletter.reception.workOff()
    const taken = async () => (await subscribers(press)).map(({ email }) => email)
    expect(await taken()).toEqual(['first@example.org', 'last@example.org'])
    const consents = sql`select count(*) as consents from consents`
    expect(await query(press.dataDir, consents)).toEqual([{ consents: 2 }])
    expect(press.logged()).not.toContain('@example.org')
    await db.script('drop trigger outbox_torn')
    await db.close()
    await press.newsletter.reception.workOff()
    expect(await taken()).toHaveLength(2)
    await press.http.close()
    const paper = await serveProgram({ DATA_DIR: press.dataDir, RATE_LIMITS: 'off' })
    await expect.poll(taken, { timeout: 10_000 }).toHaveLength(3)
    paper.child.kill()
    await paper.ended
  })

  test('keeps the time and the words of when it came, and leaves out sections that went since', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    await press.articles.desk.saveSections(
      ['press', 'money'].map(slug => ({ slug, name: slug, description: '' })),
    )
    const fields: [string, string][] = [
      ['email', 'reader@example.org'],
      ['sections', 'press'],
      ['sections', 'money'],
    ]
    const answer = await press.http.inject({ method: 'POST', url: '/newsletter', ...form(fields) })
    expect(answer.statusCode).toBe(200)
    advance(60_000)
    await press.db.run(sql`delete from sections where slug = 'money'`)
    await press.newsletter.reception.workOff()
    const consents = sql`select at, wording from consents`
    const at = '2021-01-04T12:00:00.000Z'
    expect(await query(press.dataDir, consents)).toEqual([{ at, wording: '2026-11' }])
    const chosen = sql`
      select s.slug from subscriber_sections as c join sections as s on s.id = c.section_id`
    expect(await query(press.dataDir, chosen)).toEqual([{ slug: 'press' }])
  })

  test('many at once have a mail with links of their own each; what the mails share is kept once', async () => {
    const press = await openPress({ RATE_LIMITS: 'off' })
    const addresses = Array.from({ length: 20 }, (_, index) => `reader${index}@example.org`)
    const answers = await Promise.all(addresses.map(email => signUp(press, { email })))
    expect(answers.map(answer => answer.statusCode)).toEqual(addresses.map(() => 200))
    const copies = sql`
      select count(*) as copies from outbox_letters as l join outbox as o on o.letter = l.id
      where o.html = '' group by l.id`
    expect(await query(press.dataDir, copies)).toEqual([{ copies: 20 }])
    const sent = await mails(press)
    expect(sent.map(({ to }) => [to].flat()[0]?.text).sort()).toEqual([...addresses].sort())
    expect(new Set(sent.map(({ text }) => linkIn(text, 'confirm'))).size).toBe(20)
    for (const { to, text, html } of sent) {
      expect(text).toContain(`This mail went to ${[to].flat()[0]?.text},`)
      expect(html).toContain(`"http://localhost:3000${linkIn(text, 'unsubscribe')}"`)
      for (const purpose of ['confirm', 'preferences', 'unsubscribe'])
        expect(html).toMatch(new RegExp(`"http://localhost:3000/newsletter/${purpose}/[\\w-]{22,}"`))
      const confirmed = await press.http.inject({ method: 'POST', url: linkIn(text, 'confirm') })
      expect(confirmed.statusCode).toBe(200)
    }
    expect((await subscribers(press)).map(reader => reader.status)).toEqual(addresses.map(() => 'active'))
  })

  test('the same address several times at once is one reader', async () => {
    const press = await openPress()
    const email = 'reader@example.org'
    await Promise.all(['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(ip => signUp(press, { email }, ip)))
    expect(await subscribers(press)).toHaveLength(1)
    const confirm = (await mails(press)).map(mail => linkIn(mail.text, 'confirm'))
    expect(new Set(confirm).size).toBe(3)
  })

  test('with something that is no address shows the form again, values kept, with a message beside the field', async () => {
    const press = await openPress()
    const answer = await signUp(press, { email: '"><b>x', name: 'Ada', frequency: 'daily' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('value="&quot;&gt;&lt;b&gt;x"')
    expect(answer.body).toContain('aria-describedby="newsletter-email-error"')
    expect(answer.body).toContain('value="Ada"')
    expect(answer.body).toMatch(/value="daily" checked/)
  })

  test('with a name that is too long shows the form again, the name as it was typed', async () => {
    const press = await openPress()
    const name = 'n'.repeat(101)
    const answer = await signUp(press, { email: 'reader@example.org', name })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('This name is longer than 100 characters. Shorten it.')
    expect(answer.body).toMatch(new RegExp(`name="name"[^>]* maxlength="100"[^>]* value="${name}"`))
    expect(await subscribers(press)).toEqual([])
  })

  test('once more before it is confirmed keeps the name, unless another one is given', async () => {
    const press = await openPress()
    const nameAfter = async (fields: Record<string, string>) => {
      await signUp(press, { email: 'reader@example.org', ...fields })
      return (await subscribers(press)).map(reader => reader.name)
    }
    expect(await nameAfter({ name: 'Ada' })).toEqual(['Ada'])
    expect(await nameAfter({ form: 'article' })).toEqual(['Ada'])
    expect(await nameAfter({ name: 'Ada Lovelace' })).toEqual(['Ada Lovelace'])
  })

  test('a confirmation expires after a week', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    await signUp(press, { email: 'reader@example.org' })
    const confirm = linkIn((await mails(press))[0]?.text, 'confirm')
    advance(7 * 86_400_000)
    for (const method of ['GET', 'POST'] as const) {
      const answer = await press.http.inject({ method, url: confirm })
      expect(answer.statusCode).toBe(404)
      expect(answer.body).toContain('This link does not open')
      expect(answer.body).toContain('Sign up again')
    }
  })

  test('tokens are stored as hashes and serve one purpose', async () => {
    const press = await openPress()
    const { confirm, leave } = await join(press)
    const stored = JSON.stringify(await query(press.dataDir, sql`select * from subscriber_tokens`))
    for (const link of [confirm, leave]) expect(stored).not.toContain(link.split('/').at(-1))
    expect((await press.http.inject(confirm.replace('confirm', 'unsubscribe'))).statusCode).toBe(404)
  })

  test('answered 2xx is there after kill -9', async () => {
    const paper = await serveProgram({ RATE_LIMITS: 'off' })
    for (let count = 0; count < 20; count++) {
      const body = new URLSearchParams({ email: `reader${count}@example.org` })
      expect((await fetch(`${paper.url}/newsletter`, { method: 'POST', body })).status).toBe(200)
    }
    paper.child.kill('SIGKILL')
    await paper.ended
    const kept = sql`
      select (select count(*) from subscribers) as readers, (select count(*) from sign_ups_received) as received`
    const [{ readers, received } = {}] = await query(paper.dataDir, kept)
    expect(Number(readers) + Number(received)).toBe(20)
    const again = await serveProgram({ DATA_DIR: paper.dataDir, RATE_LIMITS: 'off' })
    await expect
      .poll(() => query(paper.dataDir, kept), { timeout: 10_000 })
      .toEqual([{ readers: 20, received: 0 }])
    again.child.kill()
    await again.ended
  })
})

describe('leaving', () => {
  test('takes one click without cookie or redirect, and may be repeated', async () => {
    const press = await openPress()
    const { leave } = await join(press)
    const { headers } = (await mails(press))[0] ?? { headers: new Map() }
    expect(JSON.stringify([...headers])).toContain('One-Click')
    expect((await press.http.inject(leave)).statusCode).toBe(200)
    expect((await subscribers(press))[0]?.status).toBe('active')
    for (let count = 0; count < 2; count++) {
      const answer = await press.http.inject({
        method: 'POST',
        url: leave,
        ...form({ 'List-Unsubscribe': 'One-Click' }),
      })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
    expect((await subscribers(press))[0]?.status).toBe('unsubscribed')
    await signUp(press, { email: 'reader@example.org' })
    expect((await subscribers(press))[0]?.status).toBe('pending')
  })
})

describe('programs and floods', () => {
  test('what fills the hidden field sees success and leaves no trace', async () => {
    const press = await openPress()
    const bot = await signUp(press, { email: 'bot@example.org', website: 'http://spam.example' })
    const person = await signUp(press, { email: 'reader@example.org' })
    expect(bot.body).toBe(person.body)
    expect((await subscribers(press)).map(reader => reader.email)).toEqual(['reader@example.org'])
  })

  test('the form of the newsletter page takes two seconds; a forged time is refused', async () => {
    const { clock, advance } = movableClock()
    const press = await openPress({}, { clock })
    const page = await press.http.inject('/newsletter')
    const started = /name="started" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const hasty = await signUp(press, { email: 'reader@example.org', started })
    expect(hasty.statusCode).toBe(422)
    expect(hasty.body).toContain(started)
    expect((await signUp(press, { email: 'reader@example.org', started: 'kj2l3.forged' })).statusCode).toBe(
      422,
    )
    advance(2_000)
    expect((await signUp(press, { email: 'reader@example.org', started })).statusCode).toBe(200)
  })

  test('one client is asked to wait after ten sign-ups, others are not', async () => {
    const press = await openPress()
    for (let count = 0; count < 10; count++)
      await signUp(press, { email: `reader${count}@example.org` }, '127.0.0.2')
    const refused = await signUp(press, { email: 'reader@example.org' }, '127.0.0.2')
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await signUp(press, { email: 'reader@example.org' }, '127.0.0.3')).statusCode).toBe(200)
  })

  test('one address gets no more than three mails an hour, and the screen does not tell', async () => {
    const press = await openPress()
    const answers = []
    for (let count = 0; count < 5; count++)
      answers.push(await signUp(press, { email: 'reader@example.org' }, `127.0.0.${count}`))
    expect(new Set(answers.map(answer => answer.body)).size).toBe(1)
    expect(await mails(press)).toHaveLength(3)
  })

  test('nothing that a reader sent is in the log', async () => {
    const press = await openPress()
    const { confirm } = await join(press, 'marked-reader@example.org')
    await press.http.inject(`/newsletter?email=marked-query@example.org`)
    expect(press.logged()).toContain('/newsletter/confirm/:token')
    for (const mark of ['marked', confirm.split('/').at(-1) as string])
      expect(press.logged()).not.toContain(mark)
  })
})
