import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'
import { addReaders, rowCounts } from './ledger.js'
import { idsOf, newIssue, readyIssue, saveIssue, sendIssue, versionOf } from './written-issue.js'

async function newsroom() {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  await addReaders(press.db, 3)
  await addReaders(press.db, 2, { domain: () => 'daily.example', frequency: 'daily' })
  const slugs = [await press.publish(), await press.publish({ section: 'press' }), await press.publish()]
  return { press, editor, slugs, ids: (await idsOf(press, ...slugs)) as [string, string, string] }
}

/** The articles of an issue, in the order in which its page lists them. */
function listed(body: string): string[] {
  return [...body.matchAll(/name="articles" value="([^"]+)"/g)].map(([, id = '']) => id)
}

test('an editor picks articles by their words, puts them in order, chooses full text or dek, and takes one out', async () => {
  const { press, editor, ids } = await newsroom()
  const [sought = ''] = await idsOf(
    press,
    await press.publish({ title: 'Pangolins at the harbour', slug: 'pangolins' }),
  )
  const [first, second] = ids
  const issue = await newIssue(editor)
  const words = { subject: 'Locks', intro: 'Kept.' }
  const search = await saveIssue(editor, issue, { ...words, action: 'search', q: 'pangolins' })
  const { body: results } = await editor.get(String(search.headers.location).replace(/#.*/, ''))
  expect(results).toContain(`value="add:${sought}"`)
  expect(results).not.toContain(`value="add:${first}"`)
  expect(results).toContain('Kept.')

  await saveIssue(editor, issue, { ...words, articles: [first], action: `add:${second}` })
  await saveIssue(editor, issue, { ...words, articles: [first, second], action: `add:${sought}` })
  expect(listed((await editor.get(issue)).body)).toEqual([first, second, sought])
  const all = { ...words, articles: [first, second, sought], [`form-${second}`]: 'full' }
  await saveIssue(editor, issue, { ...all, action: `up:${sought}` })
  expect(listed((await editor.get(issue)).body)).toEqual([first, sought, second])
  await saveIssue(editor, issue, { ...all, articles: [first, sought, second], action: `remove:${first}` })
  const { body } = await editor.get(issue)
  expect(listed(body)).toEqual([sought, second])
  expect(body).toMatch(new RegExp(`name="form-${second}">.*?<option value="full" selected`))
  expect(body).toMatch(new RegExp(`name="form-${sought}">.*?<option value="dek" selected`))
})

test('the page says how many readers the chosen audience has now', async () => {
  const { editor } = await newsroom()
  const issue = await readyIssue(editor)
  expect((await editor.get(issue)).body).toContain('<b>5</b> readers get')
  await saveIssue(editor, issue, { subject: 'For some', audience: 'daily' })
  expect((await editor.get(issue)).body).toContain('<b>2</b> readers get')
  expect((await editor.get(`${issue}/send`)).body).toContain('Send to 2 readers')
})

test('what somebody else saved meanwhile is not written over: 409, with both texts', async () => {
  const { editor } = await newsroom()
  const issue = await readyIssue(editor)
  const version = await versionOf(editor, issue)
  await saveIssue(editor, issue, { subject: 'Theirs', intro: 'What they wrote.' })
  const stale = await saveIssue(editor, issue, { version, subject: 'Mine', intro: 'What I wrote.' })
  expect(stale.statusCode).toBe(409)
  expect(stale.body).toContain('What they wrote.')
  expect(stale.body).toContain('What I wrote.')
  expect((await editor.get(issue)).body).not.toContain('What I wrote.')
})

test('what is too long comes back with what was typed, and is not saved', async () => {
  const { editor } = await newsroom()
  const issue = await readyIssue(editor)
  const refused = await saveIssue(editor, issue, { subject: 'x'.repeat(151), intro: 'Typed and kept.' })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('Typed and kept.')
  expect(refused.body).toContain('href="#subject"')
  expect((await editor.get(issue)).body).not.toContain('Typed and kept.')
})

test('an issue without subject, content or readers is not sent, and the page says what it lacks', async () => {
  const { press, editor } = await newsroom()
  const issue = await newIssue(editor)
  const refused = await sendIssue(editor, issue)
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('Give the issue a subject')
  expect(refused.body).toContain('There is nothing in it yet')
  await saveIssue(editor, issue, { subject: 'For nobody', intro: 'Hello.', audience: 'every' })
  const unread = await sendIssue(editor, issue)
  expect(unread.statusCode).toBe(422)
  expect(unread.body).toContain('Nobody on the list gets this')
  expect(await rowCounts(press.db)).toEqual({})
})

test('a draft that is deleted is in no list, and comes back by one button', async () => {
  const { editor } = await newsroom()
  const issue = await readyIssue(editor)
  const [said] = (await editor.post(`${issue}/removal`)).cookies
  const { body } = await editor.get('/admin/newsletter', {
    cookie: `${editor.cookie}; ${said?.name}=${said?.value}`,
  })
  expect(body).not.toContain('The week in locks')
  expect(body).toContain(`action="${issue}/restoration"`)
  expect((await sendIssue(editor, issue)).statusCode).toBe(409)
  await editor.post(`${issue}/restoration`)
  expect((await editor.get('/admin/newsletter')).body).toContain('The week in locks')
})

test('a duplicate holds the same words and articles and leaves the original alone', async () => {
  const { editor, ids } = await newsroom()
  const issue = await readyIssue(editor, { articles: [ids[1], ids[0]] })
  await sendIssue(editor, issue)
  const copy = String((await editor.post(`${issue}/duplicate`)).headers.location)
  expect(copy).not.toBe(issue)
  const { body } = await editor.get(copy)
  expect(body).toContain('Good *morning*.')
  expect(listed(body)).toEqual([ids[1], ids[0]])
  await saveIssue(editor, copy, { subject: 'Another' })
  expect((await editor.get(issue)).body).toContain('The week in locks')
})

test('issues are for editors: authors and contributors find none', async () => {
  const { press, editor } = await newsroom()
  const issue = await readyIssue(editor)
  for (const role of ['author', 'contributor'] as const) {
    const other = await colleague(press, role)
    for (const address of ['/admin/newsletter', issue, `${issue}/send`])
      expect((await other.get(address)).statusCode).toBe(403)
    expect((await other.post('/admin/newsletter/issues')).statusCode).toBe(403)
    expect((await other.post(`${issue}/send`, { version: '2' })).statusCode).toBe(403)
  }
  expect(await rowCounts(press.db)).toEqual({})
})

test('the list of drafts is cut into pages that lose and repeat nothing', async () => {
  const { editor } = await newsroom()
  for (let count = 0; count < 33; count++) await newIssue(editor)
  const seen: string[] = []
  let address: string | undefined = '/admin/newsletter'
  while (address) {
    const { body } = await editor.get(address)
    seen.push(...[...body.matchAll(/href="\/admin\/newsletter\/issues\/([^"/]+)"/g)].map(([, id = '']) => id))
    address = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen).toHaveLength(33)
  expect(new Set(seen).size).toBe(33)
})
