import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { signUpChart } from '../../src/dashboard/chart.js'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { form, movableClock, type Press } from '../support/press.js'

type Given = Parameters<Newsroom['publish']>[0]

/** Files an article that belongs to somebody. */
async function file(press: Newsroom, accountId: string, given: Given & { submitted?: boolean }) {
  const { submitted, ...submission } = given
  const slug = await press.publish(submission)
  const at = submitted ? '2021-01-04T00:00:00.000Z' : null
  await press.db.run(
    sql`update articles set account_id = ${accountId}, submitted = ${at} where slug = ${slug}`,
  )
}

/** The titles under a heading of the desk's first page. */
function under(body: string, id: string): string[] {
  const [, section = ''] = new RegExp(`<h2 id="${id}"([\\s\\S]*?)</section>`).exec(body) ?? []
  return [...section.matchAll(/href="\/admin\/articles\/[^"?]+" dir="auto">([^<]+)/g)].map(
    match => match[1] ?? '',
  )
}

async function openTwoWriters() {
  const time = movableClock()
  const press = await openNewsroom({}, { clock: time.clock })
  const editor = await colleague(press, 'editor')
  const author = await colleague(press, 'author')
  const contributor = await colleague(press, 'contributor')
  const planned = (day: number) => `2021-02-0${day}T08:00:00.000Z`
  await file(press, author.id, { title: 'Planned later', status: 'scheduled', published: planned(3) })
  await file(press, editor.id, { title: 'Planned first', status: 'scheduled', published: planned(1) })
  await file(press, author.id, { title: 'Draft of the author', status: 'draft' })
  await file(press, editor.id, { title: 'Draft of the editor', status: 'draft' })
  await file(press, contributor.id, { title: 'Draft of the contributor', status: 'draft' })
  await file(press, contributor.id, { title: 'For review', status: 'draft', submitted: true })
  await file(press, author.id, { title: 'Out of the author', published: '2020-12-01T00:00:00.000Z' })
  await file(press, editor.id, { title: 'Out of the editor', published: '2020-12-02T00:00:00.000Z' })
  return { press, time, editor, author, contributor }
}

test('an editor sees what is planned next, what waits for review, the own drafts and what came out last', async () => {
  const { editor } = await openTwoWriters()
  const { body } = await editor.get('/admin')
  expect(under(body, 'scheduled')).toEqual(['Planned first', 'Planned later'])
  expect(under(body, 'waiting')).toEqual(['For review'])
  expect(under(body, 'drafts')).toEqual(['Draft of the editor'])
  expect(under(body, 'recent')).toEqual(['Out of the editor', 'Out of the author'])
})

test('an author sees the same of the own work only', async () => {
  const { author } = await openTwoWriters()
  const { body } = await author.get('/admin')
  expect(under(body, 'scheduled')).toEqual(['Planned later'])
  expect(under(body, 'drafts')).toEqual(['Draft of the author'])
  expect(under(body, 'recent')).toEqual(['Out of the author'])
  expect(body).not.toMatch(/of the editor|of the contributor|For review|sign-ups|Mail trouble|tips-waiting/)
})

test('a contributor sees the own drafts and how they come into the paper, nothing else', async () => {
  const { contributor } = await openTwoWriters()
  const { body } = await contributor.get('/admin')
  expect(under(body, 'drafts')).toEqual(['Draft of the contributor'])
  expect(under(body, 'waiting')).toEqual(['For review'])
  expect(body).toContain('Submit for review')
  expect(body).not.toMatch(/of the editor|of the author|id="scheduled"|id="recent"|sign-ups|id="attention"/)
})

test('empty desks say what to do', async () => {
  const press = await openNewsroom()
  const { body } = await (await colleague(press, 'editor')).get('/admin')
  for (const text of [
    'No draft waits for review.',
    'You have no drafts.',
    'Nothing is scheduled.',
    'All mail has gone out.',
  ])
    expect(body).toContain(text)
})

test('sign-ups that were confirmed are drawn and told in numbers; readers’ addresses are not', async () => {
  const time = movableClock('2021-01-04T12:00:00.000Z')
  const press = await openNewsroom({ RATE_LIMITS: 'off' }, { clock: time.clock })
  const editor = await colleague(press, 'editor')
  await subscribe(press, 'one@example.org')
  time.advance(3 * 86_400_000)
  await subscribe(press, 'two@example.org')
  await subscribe(press, 'three@example.org')
  const { body } = await editor.get('/admin')
  expect(body).toContain('<b>3</b> readers on the list')
  expect(body).toContain('aria-label="Sign-ups on each of 30 days: 3 in all, most on 2021-01-07 with 2."')
  expect(body).toContain('<title>2021-01-04: 1</title>')
  expect(body).not.toMatch(/(one|two|three)@example/)
  time.advance(60 * 86_400_000)
  // The first one's session has ended meanwhile.
  const other = await colleague(press, 'editor', 'Another editor')
  expect((await other.get('/admin')).body).toContain('Nobody confirmed a sign-up in these 30 days.')
  expect((await other.get('/admin?days=90')).body).toContain('<title>2021-01-07: 2</title>')
  expect((await other.get('/admin?days=x')).statusCode).toBe(200)
})

test('days of the charts begin when the site’s clocks say so', async () => {
  // In Kathmandu (5:45 ahead) the 5th begins at 18:15.
  const time = movableClock('2021-01-04T18:00:00.000Z')
  const press = await openNewsroom({ RATE_LIMITS: 'off' }, { clock: time.clock })
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, timeZone: 'Asia/Kathmandu' })
  const editor = await colleague(press, 'editor')
  await subscribe(press, 'one@example.org')
  time.advance(15 * 60_000)
  await subscribe(press, 'two@example.org')
  time.advance(2 * 60_000)
  await subscribe(press, 'three@example.org')
  const { body } = await editor.get('/admin')
  expect(body).toContain('<title>2021-01-04: 1</title>')
  expect(body).toContain('<title>2021-01-05: 2</title>')
  const readers = (await editor.get('/admin/newsletter/readers')).body
  expect(readers).toContain('2021-01-04: 1 joined, 0 left')
  expect(readers).toContain('2021-01-05: 2 joined, 0 left')
})

test('the chart’s weeks hold every day once, and no bar is higher than the chart', () => {
  const days = Array.from({ length: 30 }, (_, index) => ({
    day: new Date(Date.UTC(2021, 0, index + 1)).toISOString().slice(0, 10),
    joined: index % 5,
    left: 1,
  }))
  const chart = signUpChart(days)
  expect(chart.weeks.reduce((sum, week) => sum + week.joined, 0)).toBe(chart.joined)
  expect(chart.weeks.reduce((sum, week) => sum + week.left, 0)).toBe(30)
  expect(Math.max(...chart.bars.map(bar => bar.height))).toBe(chart.height)
  for (const { x, width } of chart.bars) expect(x + width).toBeLessThanOrEqual(chart.width)
})

test('mail that was given up or waits too long is told with its reason, without the reader’s address', async () => {
  const time = movableClock()
  const press = await openNewsroom({}, { clock: time.clock })
  const editor = await colleague(press, 'editor')
  const message = { fromName: 'x', html: '', text: '' }
  await press.db.transaction(async tx => {
    await press.mail.queue(tx, { ...message, to: 'bob@failed.example.org', subject: 'Given up' })
    await press.mail.queue(tx, { ...message, to: 'eve@late.example.org', subject: 'Still waiting' })
  })
  await press.db.run(sql`
    update outbox set status = 'failed', attempts = 3, last_error = '550 <bob@failed.example.org> unknown'
    where subject = 'Given up'`)
  const soon = (await editor.get('/admin')).body
  expect(soon).toContain('Given up')
  expect(soon).toContain('550 &lt;…@failed.example.org&gt; unknown')
  expect(soon).not.toContain('Still waiting')
  time.advance(3_600_001)
  const later = (await editor.get('/admin')).body
  expect(later).toContain('Still waiting')
  expect(later).not.toMatch(/(bob|eve)@/)
  for (const role of ['author', 'contributor'] as const)
    expect((await (await colleague(press, role)).get('/admin')).body).not.toContain('Still waiting')
})

test('a mail that was given up can be dismissed, one that waits cannot', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const message = { fromName: 'x', html: '', text: '', to: 'bob@example.org' }
  await press.db.transaction(async tx => {
    await press.mail.queue(tx, { ...message, subject: 'Given up' })
    await press.mail.queue(tx, { ...message, subject: 'Waiting' })
  })
  await press.db.run(sql`update outbox set status = 'failed' where subject = 'Given up'`)
  const mails = async () =>
    (await press.db.all(sql`select id, subject from outbox order by subject`)) as {
      id: string
      subject: string
    }[]
  const [givenUp, waiting] = await mails()
  const dismissal = (mail?: { id: string }) => `/admin/mail/${mail?.id}/dismissal`
  expect((await editor.get('/admin')).body).toContain(`action="${dismissal(givenUp)}"`)
  expect((await (await colleague(press, 'author')).post(dismissal(givenUp))).statusCode).toBe(403)
  for (const mail of [givenUp, givenUp, waiting])
    expect((await editor.post(dismissal(mail))).statusCode).toBe(303)
  expect(await mails()).toEqual([waiting])
  expect((await editor.get('/admin')).body).not.toContain('Given up')
  const { entries } = await press.audit.page({ person: undefined, kind: 'mail' })
  expect(entries.map(({ action, subjectLabel }) => ({ action, subjectLabel }))).toEqual([
    { action: 'dismissed', subjectLabel: 'Given up' },
  ])
})

test('tips are counted for editors, and nothing of them is told', async () => {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  const editor = await colleague(press, 'editor')
  expect((await editor.get('/admin')).body).toContain('No tip waits to be opened.')
  for (const message of ['They lie about the bridge.', 'More of it.'])
    await press.http.inject({ method: 'POST', url: '/tips', ...form({ message }) })
  const { body } = await editor.get('/admin')
  expect(body).toContain('<a href="/admin/tips?state=new"><b>2</b> tips</a> nobody has opened yet.')
  expect(body).not.toContain('bridge')
})

async function subscribe(press: Press, email: string): Promise<void> {
  await press.http.inject({ method: 'POST', url: '/newsletter', ...form({ email }) })
  await press.newsletter.reception.workOff()
  await press.mail.deliverDue()
  const folder = path.join(press.dataDir, 'outbox')
  for (const name of await readdir(folder)) {
    const { text = '', to } = await simpleParser(await readFile(path.join(folder, name)))
    if (!JSON.stringify(to).includes(email)) continue
    const url = /\/newsletter\/confirm\/[\w-]+/.exec(text)?.[0]
    if (url) await press.http.inject({ method: 'POST', url, ...form({}) })
  }
}
