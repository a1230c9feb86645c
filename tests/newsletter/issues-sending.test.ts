import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'
import { openRelay } from '../support/smtp.js'
import { addReaders, rowCounts } from './ledger.js'
import { idsOf, readyIssue, saveIssue, sendIssue, versionOf } from './written-issue.js'

const HOUR = 3_600_000

async function newsroom(environment: Record<string, string> = {}, start = '2021-03-27T10:00:00.000Z') {
  const time = movableClock(start)
  const press = await openNewsroom(environment, { clock: time.clock })
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, timeZone: 'Europe/Paris' })
  const editor = await colleague(press, 'editor')
  await addReaders(press.db, 3)
  await addReaders(press.db, 2, { domain: () => 'each.example', frequency: 'every' })
  return { press, editor, ...time, sending: press.newsletter.issues.sending }
}

const withdraw = (press: Awaited<ReturnType<typeof openNewsroom>>, slug: string) =>
  press.db.run(
    sql`update articles set status = 'withdrawn', withdrawn_reason = 'A court ordered it.' where slug = ${slug}`,
  )

test('an issue reaches every reader through the relay, holds what was chosen, and stands in the archive', async () => {
  const relay = await openRelay()
  const { press, editor } = await newsroom({ SMTP_URL: relay.url })
  const full = await press.publish({
    title: 'Read in full',
    body: 'A paragraph that only the full text has.\n',
  })
  const short = await press.publish({ title: 'Read in short', body: 'A paragraph that nobody is mailed.\n' })
  const [fullId = '', shortId = ''] = await idsOf(press, full, short)
  const issue = await readyIssue(editor, { articles: [shortId, fullId], [`form-${fullId}`]: 'full' })
  const sent = await sendIssue(editor, issue)
  expect(sent.statusCode).toBe(303)
  expect((await editor.get(String(sent.headers.location))).body).toMatch(/<dt>Mails<.*>being prepared<\/a>/)
  await press.newsletter.delivery.deliverDue()
  expect(relay.mails).toHaveLength(5)
  const [mail] = relay.mails
  expect(mail?.subject).toBe('The week in locks')
  expect(mail?.text).toContain('A paragraph that only the full text has.')
  expect(mail?.text).not.toContain('A paragraph that nobody is mailed.')
  const places = ['Good', 'Read in short', 'Read in full'].map(words => String(mail?.text).indexOf(words))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect((await editor.get(issue)).body).toContain('5 accepted')

  const archive = await press.http.inject('/newsletter/issues')
  expect(archive.body).toContain('href="/newsletter/issues/the-week-in-locks"')
  const page = await press.http.inject('/newsletter/issues/the-week-in-locks')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('<em>morning</em>')
  expect(page.body).toContain(`href="/articles/${short}"`)
  for (const secret of ['/unsubscribe/', '/preferences/', '@each.example', 'xq7'])
    expect(page.body).not.toContain(secret)
  for (const feed of ['feed.xml', 'atom.xml', 'feed.json']) {
    const { statusCode, body } = await press.http.inject(`/newsletter/issues/${feed}`)
    expect(statusCode).toBe(200)
    expect(body).toContain('/newsletter/issues/the-week-in-locks')
  }
  expect((await press.http.inject('/sitemap-pages.xml')).body).toContain(
    '/newsletter/issues/the-week-in-locks',
  )
  expect((await press.http.inject('/newsletter')).body).toContain('href="/newsletter/issues"')
})

test('a button that is pressed twice at once sends once, and what was changed meanwhile is not sent unseen', async () => {
  const { press, editor } = await newsroom()
  const issue = await readyIssue(editor)
  const seen = await versionOf(editor, issue)
  await saveIssue(editor, issue, { subject: 'Changed after the page was opened', intro: 'New words.' })
  expect((await editor.post(`${issue}/send`, { version: seen })).statusCode).toBe(409)
  expect(await rowCounts(press.db)).toEqual({})
  const version = await versionOf(editor, issue)
  const both = await Promise.all([1, 2].map(() => editor.post(`${issue}/send`, { version })))
  expect(both.filter(({ statusCode }) => statusCode === 303)).toHaveLength(1)
  await press.newsletter.delivery.deliverDue()
  expect(await rowCounts(press.db)).toEqual({ accepted: 5 })
  expect((await saveIssue(editor, issue, { version: '4', subject: 'Too late' })).statusCode).toBe(409)
})

test('issues of the same subject get numbers and addresses of their own, also when a subject looks like one', async () => {
  const { press, editor } = await newsroom()
  for (const subject of ['News', 'News 3', 'News', 'News'])
    expect((await sendIssue(editor, await readyIssue(editor, { subject }))).statusCode).toBe(303)
  const { body } = await press.http.inject('/newsletter/issues')
  const addresses = [...body.matchAll(/href="(\/newsletter\/issues\/news[^"]*)"/g)].map(([, one = '']) => one)
  expect(new Set(addresses).size).toBe(4)
  for (const address of addresses) expect((await press.http.inject(address)).statusCode).toBe(200)
})

test('an issue is scheduled as clocks in the paper’s time zone show it, and sent once when it is due', async () => {
  const { press, editor, advance, sending } = await newsroom()
  const issue = await readyIssue(editor)
  const plan = async (at: string) =>
    editor.post(`${issue}/schedule`, { at, version: await versionOf(editor, issue) })
  // Clocks in Paris are put forward over this time on 28 March 2021.
  const skipped = await plan('2021-03-28T02:30')
  expect(skipped.statusCode).toBe(422)
  expect(skipped.body).toContain('value="2021-03-28T02:30"')
  // It would go out at once, and mail cannot be called back.
  const over = await plan('2020-03-28T09:00')
  expect(over.statusCode).toBe(422)
  expect(over.body).toContain('This time is over')
  expect(over.body).toContain('value="2020-03-28T09:00"')
  expect((await plan('2021-03-28T09:00')).statusCode).toBe(303)
  expect((await editor.get(issue)).body).toContain('datetime="2021-03-28T07:00:00.000Z"')
  expect((await editor.get('/admin/newsletter?state=scheduled')).body).toContain('The week in locks')
  advance(20 * HOUR)
  await sending.sendDue()
  expect((await editor.get('/admin/newsletter?state=sent')).body).not.toContain('The week in locks')
  advance(HOUR)
  await Promise.all([sending.sendDue(), sending.sendDue()])
  await press.newsletter.delivery.deliverDue()
  expect(await rowCounts(press.db)).toEqual({ accepted: 5 })
  expect((await editor.get('/admin/newsletter?state=sent')).body).toContain('The week in locks')
})

test('a schedule that is taken back sends nothing', async () => {
  const { press, editor, advance, sending } = await newsroom()
  const issue = await readyIssue(editor)
  await editor.post(`${issue}/schedule`, { at: '2021-03-28T09:00', version: await versionOf(editor, issue) })
  expect((await editor.post(`${issue}/removal`)).statusCode).toBe(409)
  await editor.post(`${issue}/unschedule`)
  advance(30 * HOUR)
  await sending.sendDue()
  expect(await rowCounts(press.db)).toEqual({})
  expect((await editor.get('/admin/newsletter')).body).toContain('The week in locks')
})

test('of what was withdrawn meanwhile nothing is mailed; an issue of which nothing is left is held, and the others go out', async () => {
  const relay = await openRelay()
  const { press, editor, advance, sending } = await newsroom({ SMTP_URL: relay.url })
  const stays = await press.publish({ title: 'What stays' })
  const goes = await press.publish({ title: 'What goes' })
  const [staysId = '', goesId = ''] = await idsOf(press, stays, goes)
  const only = await readyIssue(editor, { subject: 'Only that', intro: '', articles: [goesId] })
  const both = await readyIssue(editor, { subject: 'Both', intro: '', articles: [goesId, staysId] })
  for (const [issue, at] of [
    [only, '2021-03-28T09:00'],
    [both, '2021-03-28T09:30'],
  ] as const)
    await editor.post(`${issue}/schedule`, { at, version: await versionOf(editor, issue) })
  await withdraw(press, goes)
  expect((await editor.get(`${both}/send`)).body).toContain('“What goes”')
  advance(24 * HOUR)
  await sending.sendDue()
  await press.newsletter.delivery.deliverDue()
  expect(new Set(relay.mails.map(({ subject }) => subject))).toEqual(new Set(['Both']))
  expect(relay.mails[0]?.text).toContain('What stays')
  expect(relay.mails[0]?.text).not.toContain('What goes')
  expect((await editor.get('/admin/newsletter?state=held')).body).toContain('Only that')
  expect((await editor.get('/admin')).body).toContain('Only that')
})

test('what was withdrawn after it was mailed is not to be read in the archive', async () => {
  const { press, editor } = await newsroom()
  const slug = await press.publish({ title: 'Taken back later', dek: 'A dek to be taken back.' })
  const [id = ''] = await idsOf(press, slug)
  await sendIssue(editor, await readyIssue(editor, { articles: [id], [`form-${id}`]: 'full' }))
  const page = async () => (await press.http.inject('/newsletter/issues/the-week-in-locks')).body
  expect(await page()).toContain('Taken back later')
  await withdraw(press, slug)
  await press.db.transaction(tx => press.site.contentChanged(tx))
  for (const address of ['the-week-in-locks', 'feed.xml', 'atom.xml', 'feed.json']) {
    const { body } = await press.http.inject(`/newsletter/issues/${address}`)
    expect(body).not.toContain('Taken back later')
    expect(body).not.toContain('A dek to be taken back.')
  }
})

test('the archive shows an issue in the form that it was mailed in', async () => {
  const { press, editor } = await newsroom()
  const full = await press.publish({ body: 'Only the full text says this.\n' })
  const short = await press.publish({ body: 'The archive does not repeat this.\n' })
  const [fullId = '', shortId = ''] = await idsOf(press, full, short)
  await sendIssue(
    editor,
    await readyIssue(editor, { articles: [fullId, shortId], [`form-${fullId}`]: 'full' }),
  )
  const { body } = await press.http.inject('/newsletter/issues/the-week-in-locks')
  expect(body).toContain('Only the full text says this.')
  expect(body).not.toContain('The archive does not repeat this.')
})

test('drafts, planned and held issues have no public page', async () => {
  const { press, editor } = await newsroom()
  const issue = await readyIssue(editor)
  await editor.post(`${issue}/schedule`, { at: '2021-03-28T09:00', version: await versionOf(editor, issue) })
  expect((await press.http.inject('/newsletter/issues')).body).not.toContain('The week in locks')
  expect((await press.http.inject('/newsletter/issues/the-week-in-locks')).statusCode).toBe(404)
})

test('after a restore overdue issues wait until an editor sends them', async () => {
  const { press, editor, advance, sending } = await newsroom()
  const issue = await readyIssue(editor)
  await editor.post(`${issue}/schedule`, { at: '2021-03-28T09:00', version: await versionOf(editor, issue) })
  advance(30 * HOUR)
  expect(await press.db.transaction(tx => press.newsletter.holdOverdue(tx))).toMatchObject({ issues: 1 })
  await sending.sendDue()
  expect(await rowCounts(press.db)).toEqual({})
  expect((await editor.get('/admin')).body).toContain('The week in locks')
  expect((await sendIssue(editor, issue)).statusCode).toBe(303)
})

test('an article is mailed as it is published to those who want each one, by whoever may publish it, and once', async () => {
  const relay = await openRelay()
  const { press, editor } = await newsroom({ SMTP_URL: relay.url })
  const author = await colleague(press, 'author')
  const id = await newArticle(author)
  await save(author, id, {
    title: 'Mailed at once',
    dek: 'In one sentence.',
    body: 'All of it.',
    slug: 'mailed-at-once',
  })
  const publishing = `/admin/articles/${id}/publishing`
  expect((await author.get(publishing)).body).toContain(
    'Mail it to readers who want each article as it appears',
  )
  const published = await author.post(`/admin/articles/${id}/publish`, { mail: 'on', confirm: 'on' })
  expect(published.statusCode).toBe(303)
  await press.newsletter.delivery.deliverDue()
  expect(relay.mails.map(({ subject }) => subject)).toEqual(['Mailed at once', 'Mailed at once'])
  expect((await author.get(publishing)).body).toContain('Readers got it by mail')
  expect((await editor.get(publishing)).body).toContain('href="/admin/newsletter/mailings/')

  await editor.post(`/admin/articles/${id}/withdraw`, { reason: 'A mistake.' })
  await editor.post(`/admin/articles/${id}/publish`, { mail: 'on', confirm: 'on' })
  await press.newsletter.delivery.deliverDue()
  expect(relay.mails).toHaveLength(2)
  expect((await press.http.inject('/newsletter/issues')).body).not.toContain('Mailed at once')
})

test('an article that the clock publishes is mailed then; one that was not ticked is not', async () => {
  const { press, editor, advance } = await newsroom()
  for (const [title, mail] of [
    ['With mail', { mail: 'on' }],
    ['Without mail', {}],
  ] as const) {
    const id = await newArticle(editor)
    await save(editor, id, {
      title,
      dek: 'A dek.',
      body: 'Text.',
      slug: title.replace(' ', '-').toLowerCase(),
    })
    const planned = await editor.post(`/admin/articles/${id}/schedule`, {
      at: '2021-03-28T09:00',
      confirm: 'on',
      ...mail,
    })
    expect(planned.statusCode).toBe(303)
  }
  expect(await rowCounts(press.db)).toEqual({})
  advance(30 * HOUR)
  await press.articles.schedule.publishDue()
  await press.newsletter.delivery.deliverDue()
  expect(await rowCounts(press.db)).toEqual({ accepted: 2 })
  expect((await editor.get('/admin/newsletter?state=sent')).body).toContain('With mail')
  expect((await press.http.inject('/articles/without-mail')).statusCode).toBe(200)
})
