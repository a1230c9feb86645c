import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Colleague, colleague } from '../support/desk.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'

const text = { title: 'Ink is dear', dek: 'It costs.', body: 'A litre of it.\n' }

async function draft(who: Colleague, fields: Record<string, string> = {}): Promise<string> {
  const id = await newArticle(who)
  expect((await save(who, id, { ...text, ...fields })).statusCode).toBe(200)
  return id
}

async function act(who: Colleague, id: string, what: string, fields: Record<string, string> = {}) {
  return who.post(`/admin/articles/${id}/${what}`, fields)
}

async function published(press: Newsroom, who: Colleague, fields: Record<string, string> = {}) {
  const id = await draft(who, fields)
  const answer = await act(who, id, 'publish')
  expect(answer.statusCode).toBe(303)
  const { slug } = await press.articles.manuscripts.working(press.db, id).then(({ article }) => article)
  return { id, slug }
}

/** Where a reader might find a text, each asked for at once. */
async function seen(press: Newsroom, words: string): Promise<Record<string, boolean>> {
  const places = [
    '/',
    '/sections/security',
    '/tags/ink',
    '/archive',
    '/feed.xml',
    '/atom.xml',
    '/feed.json',
    '/sections/security/feed.xml',
  ]
  const found: Record<string, boolean> = {}
  for (const place of places) found[place] = (await press.http.inject(place)).body.includes(words)
  return found
}

/** The sitemaps that the index of them names, together. */
async function sitemap(press: Newsroom): Promise<string> {
  const { body } = await press.http.inject('/sitemap.xml')
  const parts = [...body.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = '']) => new URL(url).pathname)
  return (await Promise.all(parts.map(async part => (await press.http.inject(part)).body))).join('')
}

const everywhere = (yes: boolean, found: Record<string, boolean>) =>
  Object.fromEntries(Object.keys(found).map(place => [place, yes]))

test('what is published is everywhere in the very next request, at an address made from its title', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await draft(author, { tags: 'ink', slug: '' })
  await press.http.inject('/')
  expect((await press.http.inject('/articles/ink-is-dear')).statusCode).toBe(404)
  const answer = await act(author, id, 'publish')
  expect(answer.statusCode).toBe(303)
  const page = await press.http.inject('/articles/ink-is-dear')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('A litre of it.')
  const found = await seen(press, 'Ink is dear')
  expect(found).toEqual(everywhere(true, found))
  expect((await press.http.inject('/search?q=litre')).body).toContain('/articles/ink-is-dear')
  expect(await sitemap(press)).toContain('/articles/ink-is-dear')
  expect((await press.http.inject('/news-sitemap.xml')).body).toContain('/articles/ink-is-dear')
})

test('a second article of the same title gets an address of its own, and a title in another script keeps it', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  expect((await published(press, author)).slug).toBe('ink-is-dear')
  expect((await published(press, author)).slug).toBe('ink-is-dear-2')
  expect((await published(press, author, { title: '新聞の自由' })).slug).toBe('新聞の自由')
})

test('what publishing lacks is said beside the field, and nothing goes out', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await newArticle(author)
  for (const answer of [
    await act(author, id, 'publish'),
    await act(author, id, 'schedule', { at: '2099-01-01T09:00' }),
    await act(author, id, 'submit'),
    await author.get(`/admin/articles/${id}/publishing`),
  ]) {
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toMatch(/<textarea id="title"[^>]*aria-invalid="true"/)
    expect(answer.body).toContain('Readers need a title.')
    expect(answer.body).toContain('href="#body"')
  }
})

test('embargo notes and missing descriptions are asked about first, and published once they were seen', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await draft(author, { embargo: 'Until <b>noon</b>', body: 'Look: ![](a.png)' })
  const asked = await act(author, id, 'publish')
  expect(asked.statusCode).toBe(422)
  expect(asked.body).toContain('Embargo: Until &lt;b&gt;noon&lt;/b&gt;')
  expect(asked.body).toContain('One picture in the text has no description')
  expect(asked.body).toContain('id="confirm-publish-error"')
  const planned = await act(author, id, 'schedule', { at: '2099-01-01T09:00' })
  expect(planned.statusCode).toBe(422)
  expect(planned.body).toContain('value="2099-01-01T09:00"')
  expect((await press.http.inject('/articles/ink-is-dear')).statusCode).toBe(404)
  expect((await act(author, id, 'publish', { confirm: 'yes' })).statusCode).toBe(303)
  expect((await press.http.inject('/articles/ink-is-dear')).statusCode).toBe(200)
})

test('saving a published article shows readers nothing; a minor update shows the text and leaves the date alone', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, author, { tags: 'ink' })
  await save(author, id, { title: 'Ink is cheap', body: 'A drop of it.' })
  expect((await press.http.inject(`/articles/${slug}`)).body).not.toContain('A drop of it.')
  expect((await act(author, id, 'update', { kind: 'minor', reason: 'not shown' })).statusCode).toBe(303)
  const { body } = await press.http.inject(`/articles/${slug}`)
  expect(body).toContain('A drop of it.')
  expect(body).not.toContain('Updated')
  expect(body).not.toContain('not shown')
  const found = await seen(press, 'Ink is cheap')
  expect(found).toEqual(everywhere(true, found))
  expect((await press.http.inject('/search?q=drop')).body).toContain(`/articles/${slug}`)
  expect((await press.http.inject('/search?q=litre')).body).not.toContain(`/articles/${slug}`)
})

test('a substantive update asks for its reason and shows it to readers with the date', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, author)
  const refused = await act(author, id, 'update', { kind: 'substantive', reason: ' ' })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toMatch(/<input[^>]* id="reason"[^>]*aria-invalid="true"/)
  expect(refused.body).toMatch(/value="substantive" checked/)
  await act(author, id, 'update', { kind: 'substantive', reason: 'Adds the mill’s answer.' })
  const { body } = await press.http.inject(`/articles/${slug}`)
  expect(body).toMatch(/Updated <time[^>]*>[^<]+<\/time>: Adds the mill’s answer\./)
})

test('a correction stands on the article and among all corrections, and the new text with it', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, author)
  await save(author, id, { body: 'Half a litre of it.' })
  const refused = await act(author, id, 'update', {
    kind: 'correction',
    wrong: '',
    right: 'It was half a litre.',
  })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('It was half a litre.')
  await act(author, id, 'update', { kind: 'correction', wrong: 'We wrote a litre.', right: 'It was half.' })
  const { body } = await press.http.inject(`/articles/${slug}`)
  expect(body).toContain('Half a litre of it.')
  expect(body).toContain('We wrote a litre. It was half.')
  expect((await press.http.inject('/corrections')).body).toContain('We wrote a litre.')
})

test('an address that is changed with an update leads there from the old one', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id } = await published(press, author)
  await save(author, id, { slug: 'dear-ink' })
  await act(author, id, 'update', { kind: 'minor' })
  const old = await press.http.inject('/articles/ink-is-dear')
  expect([old.statusCode, old.headers.location]).toEqual([301, '/articles/dear-ink'])
  expect((await press.http.inject('/articles/dear-ink')).statusCode).toBe(200)
})

test('what is withdrawn answers 410 with its reason and leaves every list; published again it is as it was', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, author, { tags: 'ink' })
  const refused = await act(author, id, 'withdraw', { withdrawnReason: '' })
  expect(refused.statusCode).toBe(422)
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(200)
  await act(author, id, 'withdraw', { withdrawnReason: 'A court forbade it.' })
  const gone = await press.http.inject(`/articles/${slug}`)
  expect(gone.statusCode).toBe(410)
  expect(gone.body).toContain('A court forbade it.')
  const found = await seen(press, 'Ink is dear')
  expect(found).toEqual(everywhere(false, found))
  expect((await press.http.inject('/search?q=litre')).body).not.toContain(`/articles/${slug}`)
  expect(await sitemap(press)).not.toContain(slug)
  await act(author, id, 'publish')
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(200)
  expect(await seen(press, 'Ink is dear')).toEqual(everywhere(true, found))
})

test('the trash takes a published article from its readers and its undo gives it back', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, author, { tags: 'ink' })
  const answer = await act(author, id, 'trash')
  expect(answer.headers.location).toBe('/admin/articles')
  const said = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  const { body } = await author.get('/admin/articles', { cookie: `${author.cookie}; ${said}` })
  expect(body).toContain(`action="/admin/articles/${id}/restore"`)
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(404)
  const found = await seen(press, 'Ink is dear')
  expect(found).toEqual(everywhere(false, found))
  expect((await act(author, id, 'publish')).statusCode).toBe(409)
  await act(author, id, 'restore')
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(200)
  expect(await seen(press, 'Ink is dear')).toEqual(everywhere(true, found))
  expect((await press.http.inject('/search?q=litre')).body).toContain(`/articles/${slug}`)
})

test('emptying the trash deletes for good what lies there, and only that', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const editor = await colleague(press, 'editor')
  const { id } = await published(press, author, { tags: 'ink' })
  const kept = await draft(author, { title: 'Kept' })
  await act(author, id, 'trash')
  expect((await author.post('/admin/articles/trash/empty')).statusCode).toBe(403)
  expect((await editor.post('/admin/articles/trash/empty')).statusCode).toBe(303)
  expect((await author.get(`/admin/articles/${id}`)).statusCode).toBe(404)
  expect((await author.get(`/admin/articles/${kept}`)).statusCode).toBe(200)
  expect((await editor.get('/admin/articles?q=litre')).body).not.toContain(id)
  const left = new Sqlite(path.join(press.dataDir, 'site.db'), { readonly: true })
  onTestFinished(() => void left.close())
  expect(
    left
      .prepare('select term_id from desk_list_terms where number not in (select number from desk_list)')
      .all(),
  ).toEqual([])
})

test('a contributor submits for review and takes back, but never publishes; editors see what waits', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const contributor = await colleague(press, 'contributor')
  const id = await draft(contributor)
  for (const what of ['publish', 'schedule', 'unschedule', 'update', 'withdraw'])
    expect((await act(contributor, id, what)).statusCode).toBe(403)
  expect((await contributor.post('/admin/articles/bulk/publish', [['ids', id]])).statusCode).toBe(403)
  const { body } = await contributor.get(`/admin/articles/${id}`)
  expect(body).not.toContain('Publish or schedule')
  await act(contributor, id, 'submit')
  expect((await editor.get('/admin/articles?status=waiting')).body).toContain('Ink is dear')
  await act(contributor, id, 'take-back')
  expect((await editor.get('/admin/articles?status=waiting')).body).not.toContain('Ink is dear')
  await act(contributor, id, 'submit')
  await act(editor, id, 'publish')
  expect((await contributor.get(`/admin/articles/${id}`)).statusCode).toBe(404)
  expect((await act(contributor, id, 'trash')).headers.location).toBe('/admin/articles')
  expect((await press.http.inject('/articles/ink-is-dear')).statusCode).toBe(200)
})

test('“Submit for review” beside the text saves what stands on the screen and hands it in, in one step', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const contributor = await colleague(press, 'contributor')
  const id = await newArticle(contributor)
  const nothing = await act(contributor, id, 'submission', await formFields(contributor, id))
  expect(nothing.statusCode).toBe(422)
  expect(nothing.body).toContain('Readers need a title.')
  const fields = { ...(await formFields(contributor, id)), ...text, dek: 'Typed last.' }
  const answer = await act(contributor, id, 'submission', fields)
  expect([answer.statusCode, answer.headers.location]).toEqual([303, `/admin/articles/${id}`])
  const { body } = await contributor.get(`/admin/articles/${id}`)
  expect(body).toContain('Take back from review')
  expect(body).toContain('Typed last.')
  expect((await editor.get('/admin/articles?status=waiting')).body).toContain('Ink is dear')
})

test('authors publish and undo their own articles only: others’ are not there for them', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const author = await colleague(press, 'author')
  const { id, slug } = await published(press, editor)
  const unpublished = await draft(editor, { title: 'Waits' })
  expect((await act(author, unpublished, 'publish')).statusCode).toBe(404)
  expect((await act(author, unpublished, 'schedule', { at: '2099-01-01T09:00' })).statusCode).toBe(404)
  expect((await act(author, id, 'update', { kind: 'minor' })).statusCode).toBe(404)
  expect((await act(author, id, 'withdraw', { withdrawnReason: 'No' })).statusCode).toBe(404)
  expect((await act(author, unpublished, 'submit')).statusCode).toBe(404)
  await act(author, id, 'trash')
  await author.post('/admin/articles/bulk/trash', [['ids', id]])
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(200)
  await act(editor, id, 'trash')
  await act(author, id, 'restore')
  expect((await press.http.inject(`/articles/${slug}`)).statusCode).toBe(404)
})

test('ticked articles are published together, but for those that need a look; thrown away together with an undo', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const ready = await draft(editor, { title: 'Ready' })
  const held = await draft(editor, { title: 'Held', embargo: 'Not yet' })
  const ids: [string, string][] = [
    ['ids', ready],
    ['ids', held],
  ]
  const answer = await editor.post('/admin/articles/bulk/publish', ids)
  const said = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  const { body } = await editor.get('/admin/articles', { cookie: `${editor.cookie}; ${said}` })
  expect(body).toContain('1 article published. 1 stayed as it was.')
  expect((await press.http.inject('/articles/ready')).statusCode).toBe(200)
  expect((await press.http.inject('/articles/held')).statusCode).toBe(404)
  await editor.post('/admin/articles/bulk/trash', ids)
  expect((await press.http.inject('/articles/ready')).statusCode).toBe(404)
  await editor.post(`/admin/articles/bulk/restore?ids=${ready},${held}`)
  expect((await press.http.inject('/articles/ready')).statusCode).toBe(200)
})

test('what is on the screen is saved before the page that publishes it', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await draft(author)
  const fields = { ...(await formFields(author, id)), title: 'Typed last' }
  const answer = await act(author, id, 'publishing', fields)
  expect(answer.headers.location).toBe(`/admin/articles/${id}/publishing`)
  expect((await author.get(`/admin/articles/${id}/publishing`)).body).toContain('Typed last')
})

test('every act is in the audit trail, which stays whole', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const { id } = await published(press, author)
  await act(author, id, 'update', { kind: 'minor' })
  await act(author, id, 'withdraw', { withdrawnReason: 'Why' })
  await act(author, id, 'trash')
  await act(author, id, 'restore')
  const rows = await press.db.all(auditOf(id))
  expect(rows.map(row => (row as { action: string }).action)).toEqual(
    expect.arrayContaining(['published', 'updated', 'withdrew', 'trashed', 'restored']),
  )
  expect((await press.audit.verify()).problems).toEqual([])
})

const auditOf = (id: string) => sql`select action from audit where subject_id = ${id} order by number`
