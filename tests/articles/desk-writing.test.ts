import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'

test('a new article is an empty draft of whoever began it, and its form holds what was saved', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  const answer = await save(writer, id, {
    title: 'Ink <b>is</b> dear',
    dek: 'It is.',
    body: '\nA “text” & more\n\n',
    tags: 'Ink, Paper  mills,ink',
    embargo: 'Not before Friday',
    quickNoteChoice: 'own',
    quickNote: 'Read on',
  })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({ version: 1, slug: '', others: [] })
  expect(await formFields(writer, id)).toMatchObject({
    title: 'Ink <b>is</b> dear',
    dek: 'It is.',
    body: '\nA “text” & more\n\n',
    tags: 'Ink, Paper mills',
    embargo: 'Not before Friday',
    quickNoteChoice: 'own',
    quickNote: 'Read on',
    version: '1',
  })
})

test('without scripts a save leads back to the form and says so', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  const fields = { ...(await formFields(writer, id)), title: 'Saved by hand' }
  const answer = await writer.post(`/admin/articles/${id}`, fields)
  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toBe(`/admin/articles/${id}`)
  expect((await formFields(writer, id)).title).toBe('Saved by hand')
})

test('a stale save answers 409 with what stands there now, and changes nothing', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author', 'Ann')
  const editor = await colleague(press, 'editor', 'Bert')
  const id = await newArticle(writer)
  const opened = await formFields(writer, id)
  expect((await save(editor, id, { body: 'Bert’s text' })).statusCode).toBe(200)
  const answer = await save(writer, id, { ...opened, body: 'Ann’s text' })
  expect(answer.statusCode).toBe(409)
  expect(answer.json()).toMatchObject({ version: 1, by: 'Bert', theirs: { body: 'Bert’s text' } })
  expect((await formFields(writer, id)).body).toBe('Bert’s text')
})

test('a form that cannot be used comes back with its values and a message beside the field', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  const slug = await press.publish()
  const fields = {
    ...(await formFields(writer, id)),
    title: 'Kept',
    canonicalUrl: 'ftp://x',
    body: 'Kept too',
  }
  const refused = await writer.post(`/admin/articles/${id}`, fields)
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('id="canonicalUrl-error"')
  expect(refused.body).toContain('Kept too')
  const taken = await save(writer, id, { slug })
  expect(taken.statusCode).toBe(422)
  expect(taken.json().problems).toEqual({ slug: expect.stringContaining('Another article') })
})

test('authors work on their own articles only, contributors on their own drafts only', async () => {
  const press = await openNewsroom()
  const owner = await colleague(press, 'owner')
  const author = await colleague(press, 'author')
  const contributor = await colleague(press, 'contributor')
  const id = await newArticle(owner)
  for (const stranger of [author, contributor]) {
    expect((await stranger.get(`/admin/articles/${id}`)).statusCode).toBe(404)
    expect(
      (await stranger.post(`/admin/articles/${id}`, { title: 'Mine now', section: 'x' })).statusCode,
    ).toBe(404)
    expect((await stranger.post(`/admin/articles/${id}/presence`)).statusCode).toBe(404)
  }
  const own = await newArticle(contributor)
  expect((await contributor.get(`/admin/articles/${own}`)).statusCode).toBe(200)
  expect((await owner.get(`/admin/articles/${own}`)).statusCode).toBe(200)
})

test('who else has the article open is named, until they are gone for a minute', async () => {
  const press = await openNewsroom()
  const ann = await colleague(press, 'editor', 'Ann')
  const bert = await colleague(press, 'editor', 'Bert')
  const id = await newArticle(ann)
  await ann.get(`/admin/articles/${id}`)
  expect((await bert.get(`/admin/articles/${id}`)).body).toContain('Ann has this article open too')
  expect((await ann.post(`/admin/articles/${id}/presence`)).json()).toEqual({ others: [{ name: 'Bert' }] })
})

test('filing a working copy puts it before the readers, under its own address, terms and search words', async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  await press.publish({ slug: 'ink-is-dear' })
  await save(writer, id, { title: 'Ink is dear', body: 'A peculiar word: zymurgy.', tags: 'Paper mills' })
  const { manuscripts } = press.articles
  const first = await press.db.transaction(tx => manuscripts.file(tx, id, { status: 'published' }))
  expect(first.slug).toBe('ink-is-dear-2')
  const page = await press.http.inject('/articles/ink-is-dear-2')
  expect(page.body).toContain('zymurgy')
  expect((await press.http.inject('/tags/paper-mills')).body).toContain('/articles/ink-is-dear-2')
  expect((await press.http.inject('/search?q=zymurgy')).body).toContain('/articles/ink-is-dear-2')

  await save(writer, id, {
    title: 'Ink is dear',
    body: 'Only the working copy says quixotic.',
    slug: 'dear-ink',
  })
  expect((await press.http.inject('/articles/ink-is-dear-2')).body).toContain('zymurgy')
  expect((await press.http.inject('/articles/dear-ink')).statusCode).toBe(404)
  await press.db.transaction(tx => manuscripts.file(tx, id, { status: 'published' }))
  expect((await press.http.inject('/articles/dear-ink')).body).toContain('quixotic')
  const former = await press.http.inject('/articles/ink-is-dear-2')
  expect([former.statusCode, former.headers.location]).toEqual([301, '/articles/dear-ink'])
})
