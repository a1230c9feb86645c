import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'

const address = '/admin/articles'

/** The titles of a page of the list, in their order. */
async function titles(who: Colleague, query = ''): Promise<string[]> {
  const { body, statusCode } = await who.get(address + query)
  expect(statusCode).toBe(200)
  return [...body.matchAll(/<a class="title"[^>]*>([^<]*)<\/a>/g)].map(match => match[1] ?? '')
}

async function counts(who: Colleague, query = ''): Promise<Record<string, number>> {
  const { body } = await who.get(address + query)
  const tabs = body.matchAll(/<a href="[^"]*"[^>]*>([^<]+) <span class="count">([\d,]+)<\/span>/g)
  return Object.fromEntries(
    [...tabs].map(([, name = '', count = '']) => [name, Number(count.replace(',', ''))]),
  )
}

async function draft(who: Colleague, fields: Record<string, string>): Promise<string> {
  const id = await newArticle(who)
  expect((await save(who, id, fields)).statusCode).toBe(200)
  return id
}

async function idOf(press: Newsroom, slug: string): Promise<string> {
  const article = await press.articles.reading.article(slug)
  return 'id' in article ? article.id : ''
}

test('the list shows every state with counts, and narrows to one', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  await press.publish({ title: 'Set in lead' })
  await press.publish({ title: 'Taken back', status: 'withdrawn' })
  await press.publish({ title: 'Tomorrow', status: 'scheduled', published: '2099-01-01T09:00:00Z' })
  await draft(editor, { title: 'Half a thought' })
  expect((await titles(editor)).sort()).toEqual(['Half a thought', 'Set in lead', 'Taken back', 'Tomorrow'])
  expect(await counts(editor)).toEqual({
    ...{ All: 4, Drafts: 1, 'Waiting for review': 0, Scheduled: 1, Published: 1, Withdrawn: 1, Trash: 0 },
  })
  expect(await titles(editor, '?status=scheduled')).toEqual(['Tomorrow'])
  expect(await titles(editor, '?status=draft')).toEqual(['Half a thought'])
  expect((await editor.get(`${address}?status=waiting`)).body).toContain('Nothing here just now')
})

test('it narrows by section, author, tag and words, and all of them together', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  await press.publish({ title: 'Locks', section: 'security', tags: ['steel'], authors: ['ada'] })
  await press.publish({ title: 'Ink', section: 'press', tags: ['steel'], authors: ['ada', 'bert'] })
  await press.publish({
    title: 'Paper',
    section: 'press',
    tags: ['wood'],
    authors: ['bert'],
    body: 'A mill burned.',
  })
  expect(await titles(editor, '?section=press')).toEqual(['Paper', 'Ink'])
  expect(await titles(editor, '?author=ada')).toEqual(['Ink', 'Locks'])
  expect(await titles(editor, '?tag=Steel')).toEqual(['Ink', 'Locks'])
  expect(await titles(editor, '?q=mil')).toEqual(['Paper'])
  expect(await titles(editor, '?q=burned+mill')).toEqual(['Paper'])
  expect(await titles(editor, '?section=press&author=bert&tag=steel&q=ink')).toEqual(['Ink'])
  expect(await titles(editor, '?tag=nothing-has-it')).toEqual([])
  expect((await counts(editor, '?section=press&tag=steel')).Published).toBe(1)
  expect(await titles(editor, '?q=%22%27*-%28')).toHaveLength(3)
})

test('words are found in drafts and in working copies of what is printed, at once', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const id = await draft(editor, { title: 'Bees', body: 'They know calculus.' })
  expect(await titles(editor, '?q=calculus')).toEqual(['Bees'])
  await save(editor, id, { body: 'They know geometry.' })
  expect(await titles(editor, '?q=calculus')).toEqual([])
  expect(await titles(editor, '?q=geometry')).toEqual(['Bees'])
  const printed = await idOf(press, await press.publish({ title: 'Set in lead' }))
  await save(editor, printed, { body: 'Not out yet: hexagons.' })
  expect(await titles(editor, '?q=hexagons')).toEqual(['Set in lead'])
})

test('it sorts by last change, publication and title, both ways, and pages through without a gap', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  for (let number = 1; number <= 120; number++)
    await press.publish({ title: `Story ${String(number).padStart(3, '0')}`, slug: `s-${number}` })
  const all = Array.from({ length: 120 }, (_, index) => `Story ${String(index + 1).padStart(3, '0')}`)
  const walked = async (query: string) => {
    const pages: string[][] = []
    let next: string | undefined = query
    let last = ''
    while (next !== undefined) {
      last = next
      const { body } = await editor.get(address + next)
      pages.push([...body.matchAll(/<a class="title"[^>]*>([^<]*)</g)].map(match => match[1] ?? ''))
      next = /rel="next" href="\/admin\/articles([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    }
    const { body } = await editor.get(address + last)
    const previous = /rel="prev" href="\/admin\/articles([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    expect(await titles(editor, previous)).toEqual(pages.at(-2))
    return pages.flat()
  }
  expect(await walked('?sort=title')).toEqual(all)
  expect(await walked('?sort=title&order=desc')).toEqual([...all].reverse())
  expect(await walked('?sort=published')).toEqual([...all].reverse())
  expect(await walked('?sort=published&order=asc')).toEqual(all)
  expect((await walked('?sort=changed&order=asc')).sort()).toEqual(all)
})

test('authors see their own articles only, contributors their own drafts only; counts say no more', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const author = await colleague(press, 'author')
  const contributor = await colleague(press, 'contributor')
  await press.publish({ title: 'Everybody’s' })
  await draft(editor, { title: 'The editor’s' })
  await draft(author, { title: 'The author’s' })
  await draft(contributor, { title: 'The contributor’s' })
  expect((await titles(editor)).length).toBe(4)
  expect(await titles(author)).toEqual(['The author’s'])
  expect(await titles(contributor)).toEqual(['The contributor’s'])
  expect((await counts(author)).All).toBe(1)
  expect((await counts(contributor)).Published).toBe(0)
  expect(await titles(contributor, '?q=everybody')).toEqual([])
})

test('ticked articles are moved and tagged together, for readers at once; others’ stay as they are', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const author = await colleague(press, 'author')
  const printed = await press.publish({ title: 'Set in lead', section: 'security' })
  const one = await idOf(press, printed)
  const own = await draft(author, {
    title: 'Own',
    section: (await press.articles.reading.section('security')).id,
  })
  const ticked: [string, string][] = [
    ['ids', one],
    ['ids', own],
  ]
  const move: [string, string][] = [...ticked, ['act', 'section'], ['section', 'press'], ['tag', '']]
  const refused = await author.post(`${address}/bulk?sort=title`, move)
  expect(refused.headers.location).toBe(`${address}?sort=title`)
  expect((await press.http.inject('/sections/press')).body).not.toContain('Set in lead')
  expect(await titles(author, '?section=press')).toEqual(['Own'])
  await editor.post(`${address}/bulk`, move)
  expect((await press.http.inject('/sections/press')).body).toContain('Set in lead')
  await editor.post(`${address}/bulk`, [...ticked, ['act', 'tag'], ['tag', 'Movable type'], ['section', '']])
  expect((await press.http.inject('/tags/movable-type')).body).toContain('Set in lead')
  expect((await author.get(`${address}/${own}`)).body).toContain('Movable type')
})

test('the list marks embargo, pictures without a description, and who has an article open', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor', 'Edda')
  const author = await colleague(press, 'author', 'Ann')
  const id = await draft(author, { title: 'Marked', body: '![](x.png)', embargo: 'Until <Friday>' })
  await author.get(`${address}/${id}`)
  const { body } = await editor.get(address)
  expect(body).toContain('title="Until &lt;Friday&gt;"')
  expect(body).toContain('Picture without description')
  expect(body).toContain('Open: Ann')
  expect((await author.get(address)).body).not.toContain('Open: Ann')
})

test('a published article whose later changes readers do not see yet is marked, until it is updated', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const id = await idOf(press, await press.publish({ title: 'Set in lead' }))
  const mark = 'Changes not published yet'
  expect((await editor.get(address)).body).not.toContain(mark)
  expect((await save(editor, id, { title: 'Set in lead and tin' })).statusCode).toBe(200)
  expect((await editor.get(address)).body).toContain(mark)
  await editor.post(`${address}/bulk`, { ids: id, act: 'tag', tag: 'Tin' })
  expect((await editor.get(address)).body).toContain(mark)
  expect((await editor.post(`${address}/${id}/update`, { kind: 'minor' })).statusCode).toBe(303)
  expect((await editor.get(address)).body).not.toContain(mark)
  await editor.post(`${address}/bulk`, { ids: id, act: 'tag', tag: 'Brass' })
  expect((await editor.get(address)).body).toContain('Set in lead and tin')
  expect((await editor.get(address)).body).not.toContain(mark)
})
