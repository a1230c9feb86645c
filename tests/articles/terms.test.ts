import { parseRssFeed } from 'feedsmith'
import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'

async function desk() {
  const press = await openNewsroom({ RATE_LIMITS: 'off' })
  return { press, editor: await colleague(press, 'editor') }
}

const get = (press: Newsroom, url: string) => press.http.inject(url)

/** The desk's address of a term, by its name in a list. */
async function found({ get }: Colleague, list: string, name: string): Promise<string> {
  const { body } = await get(`${list}?q=${encodeURIComponent(name)}`)
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`href="(${list}/[0-9a-f-]+)"[^>]*>${escaped}<`).exec(body)?.[1] ?? ''
}

const titles = async (press: Newsroom, listing: string) =>
  parseRssFeed((await get(press, `${listing}/feed.xml`)).body).items?.map(item => item.title)

test.each([
  { list: '/admin/sections', first: 'Local news', second: 'City', page: '/sections' },
  { list: '/admin/tags', first: 'Local news', second: 'City', page: '/tags' },
  { list: '/admin/authors', first: 'Ada Local', second: 'Ada City', page: '/authors' },
])(
  'in $list one is added, renamed with its address leading on, and deleted with a way back',
  async ({ list, first, second, page }) => {
    const { press, editor } = await desk()
    expect((await editor.post(list, { name: first })).statusCode).toBe(303)
    const term = await found(editor, list, first)
    const slug = first.toLowerCase().replace(' ', '-')
    const next = second.toLowerCase().replace(' ', '-')
    expect((await get(press, `${page}/${slug}`)).statusCode).toBe(200)
    expect((await editor.post(term, { name: second, slug: next })).statusCode).toBe(303)
    for (const below of ['', '/feed.xml', '/atom.xml', '/feed.json']) {
      const moved = await get(press, `${page}/${slug}${below}?from=a`)
      expect([moved.statusCode, moved.headers.location]).toEqual([301, `${page}/${next}${below}?from=a`])
      expect((await get(press, `${page}/${next}${below}`)).statusCode).toBe(200)
    }
    expect((await editor.post(`${term}/removal`)).statusCode).toBe(303)
    expect((await get(press, `${page}/${next}`)).statusCode).toBe(404)
    expect((await get(press, `${page}/${slug}`)).statusCode).toBe(404)
    expect((await editor.post(`${term}/restoration`)).statusCode).toBe(303)
    expect((await get(press, `${page}/${next}`)).body).toContain(second)
  },
)

test.each(['sections', 'tags', 'authors'])(
  'in %s an address is said to lead on only when it moved',
  async list => {
    const { press, editor } = await desk()
    await editor.post(`/admin/${list}`, { name: 'Apples' })
    const term = await found(editor, `/admin/${list}`, 'Apples')
    const saidOf = async (fields: Record<string, string>) => {
      const [said] = (await editor.post(term, fields)).cookies
      const cookie = `${editor.cookie}; ${said?.name}=${said?.value}`
      const { body } = await press.http.inject({ url: term, headers: { cookie } })
      return /<div class="said" role="status"><p>([^<]*)/.exec(body)?.[1]
    }
    const same = 'Saved. Readers see it at once.'
    expect(await saidOf({ name: 'Apples and more', slug: 'apples' })).toBe(same)
    expect(await saidOf({ name: 'Apples and more', slug: 'fruit' })).toMatch(
      /^Saved\. .* leads to the new one\.$/,
    )
    expect(await saidOf({ name: 'Apples and more', slug: 'fruit' })).toBe(same)
  },
)

test('a chain of new addresses is one step, and who takes a former address over has it', async () => {
  const { press, editor } = await desk()
  await editor.post('/admin/tags', { name: 'Apples' })
  const tag = await found(editor, '/admin/tags', 'Apples')
  await editor.post(tag, { name: 'Pears', slug: 'pears' })
  await editor.post(tag, { name: 'Plums', slug: 'plums' })
  expect((await get(press, '/tags/apples')).headers.location).toBe('/tags/plums')
  await editor.post('/admin/tags', { name: 'Apples' })
  expect((await get(press, '/tags/apples')).statusCode).toBe(200)
  await editor.post(tag, { name: 'Plums', slug: 'pears' })
  expect((await get(press, '/tags/pears')).statusCode).toBe(200)
  expect((await get(press, '/tags/plums')).headers.location).toBe('/tags/pears')
})

test('two tags become one: articles once each, in their order, and the address leads on', async () => {
  const { press, editor } = await desk()
  await press.publish({ title: 'Both', slug: 'both', tags: ['inks', 'paper', 'ink'] })
  await press.publish({ title: 'Only the other', tags: ['inks'] })
  await press.publish({ title: 'Only the one', tags: ['ink'] })
  const inks = await found(editor, '/admin/tags', 'inks')
  const asked = await editor.post(`${inks}/merge`, { into: 'ink' })
  expect(asked.body).toContain('name="sure"')
  expect((await get(press, '/tags/inks')).statusCode).toBe(200)
  expect((await editor.post(`${inks}/merge`, { into: 'ink', sure: 'yes' })).statusCode).toBe(303)
  expect(await titles(press, '/tags/ink')).toEqual(['Only the one', 'Only the other', 'Both'])
  expect((await get(press, '/tags/inks')).headers.location).toBe('/tags/ink')
  const { body } = await get(press, '/articles/both')
  expect([...body.matchAll(/rel="tag">([^<]+)/g)].map(([, name]) => name)).toEqual(['ink', 'paper'])
  expect((await editor.get(inks)).statusCode).toBe(404)
})

test('two authors become one, and the byline keeps its order', async () => {
  const { press, editor } = await desk()
  await press.publish({ slug: 'three', authors: ['ada-l', 'ben', 'ada-lovelace'] })
  const ada = await found(editor, '/admin/authors', 'Ada L')
  await editor.post(`${ada}/merge`, { into: '/authors/ada-lovelace', sure: 'yes' })
  const { body } = await get(press, '/articles/three')
  const byline = /class="byline">(.*?)<time/s.exec(body)?.[1]?.replace(/<[^>]+>/g, '') ?? ''
  expect(byline).toContain('By Ada Lovelace and Ben')
  expect((await get(press, '/authors/ada-l/atom.xml')).headers.location).toBe(
    '/authors/ada-lovelace/atom.xml',
  )
})

test('a working copy follows a rename and a merge, and saving it makes no twin', async () => {
  const { editor } = await desk()
  await editor.post('/admin/tags', { name: 'Old name', slug: 'kept' })
  await editor.post('/admin/tags', { name: 'Goal' })
  const id =
    /\/admin\/articles\/([0-9a-f-]+)/.exec(
      String((await editor.post('/admin/articles')).headers.location),
    )?.[1] ?? ''
  const section =
    /<option value="([0-9a-f-]{36})"/.exec((await editor.get(`/admin/articles/${id}`)).body)?.[1] ?? ''
  const sent = { title: 'A draft', section, body: 'Text.', tags: 'Old name, Third' }
  await editor.post(`/admin/articles/${id}`, { ...sent, version: '0' })
  const tag = await found(editor, '/admin/tags', 'Old name')
  await editor.post(tag, { name: 'New name', slug: 'kept' })
  const form = (await editor.get(`/admin/articles/${id}`)).body
  expect(form).toContain('New name, Third')
  // Somebody who had it open since before still sends the old names.
  await editor.post(`/admin/articles/${id}`, {
    ...sent,
    tags: 'New name, Third',
    body: 'More.',
    version: '1',
  })
  expect((await editor.get('/admin/tags?q=name')).body.match(/class="title"/g)).toHaveLength(1)
  await editor.post(`${tag}/merge`, { into: 'Goal', sure: 'yes' })
  expect((await editor.get(`/admin/articles/${id}`)).body).toContain('Goal, Third')
  await editor.post(`/admin/articles/${id}`, {
    ...sent,
    tags: 'Kept, Third',
    body: 'Yet more.',
    version: '2',
  })
  expect(await found(editor, '/admin/tags', 'Kept')).toBe('')
})

test('what articles are filed under is not deleted, a draft’s section neither', async () => {
  const { press, editor } = await desk()
  await press.publish({ tags: ['ink'] })
  const tag = await found(editor, '/admin/tags', 'ink')
  expect((await editor.get(tag)).body).not.toContain('Delete this tag')
  expect((await editor.post(`${tag}/removal`)).statusCode).toBe(409)
  await press.publish({ status: 'draft', section: 'press' })
  const { body } = await editor.get('/admin/sections')
  const section = /href="(\/admin\/sections\/[^"]+)"[^>]*>The press</.exec(body)?.[1] ?? ''
  expect((await editor.post(`${section}/removal`)).statusCode).toBe(409)
})

test('an address or a tag’s name that is taken is refused beside its field, with what was typed', async () => {
  const { editor } = await desk()
  await editor.post('/admin/tags', { name: 'Ink' })
  const twin = await editor.post('/admin/tags', { name: 'INK' })
  expect(twin.statusCode).toBe(422)
  expect(twin.body).toContain('merge the two')
  expect(twin.body).toContain('value="INK"')
  await editor.post('/admin/tags', { name: 'Paper' })
  const paper = await found(editor, '/admin/tags', 'Paper')
  expect((await editor.post(paper, { name: 'Paper', slug: 'ink' })).body).toContain('href="#slug"')
  expect((await editor.post(paper, { name: 'Ink', slug: 'paper' })).body).toContain('href="#name"')
  expect((await editor.post(paper, { name: 'Paper', slug: 'No Good' })).statusCode).toBe(422)
  expect((await editor.post('/admin/tags', { name: '日本' })).statusCode).toBe(303)
  expect((await editor.post('/admin/tags', { name: '!!' })).statusCode).toBe(422)
})

test('sections, which are not merged, are not offered to be when an address is taken', async () => {
  const { editor } = await desk()
  const twin = await editor.post('/admin/sections', { name: 'security' })
  expect(twin.statusCode).toBe(422)
  expect(twin.body).toContain('already. Choose another name or address.')
})

test('a name that is too long to merge into is refused in the words of the page', async () => {
  const { editor } = await desk()
  await editor.post('/admin/tags', { name: 'Ink' })
  const tag = await found(editor, '/admin/tags', 'Ink')
  const answer = await editor.post(`${tag}/merge`, { into: 'x'.repeat(301) })
  expect(answer.statusCode).toBe(422)
  expect(answer.body).toMatch(/id="into-error">Enter its name or its address/)
})

test('a list of tags is paged by address, searched, and counts articles with drafts', async () => {
  const { press, editor } = await desk()
  const tags = Array.from({ length: 60 }, (_, index) => ({
    slug: `t-${String(index).padStart(2, '0')}`,
    name: `Tag ${index}`,
  }))
  await press.articles.desk.saveTags(tags)
  await press.publish({ tags: ['t-03'] })
  await press.publish({ tags: ['t-03'], status: 'draft' })
  const first = (await editor.get('/admin/tags')).body
  expect(first.match(/class="title"/g)).toHaveLength(50)
  expect(first).toMatch(/t-03<[\s\S]{0,120}>2</)
  const next = /rel="next" href="([^"]+)"/.exec(first)?.[1] ?? ''
  expect((await editor.get(next)).body.match(/class="title"/g)).toHaveLength(10)
  const searched = (await editor.get('/admin/tags?q=TAG+5')).body
  expect(searched.match(/class="title"/g)).toHaveLength(11)
  expect((await editor.get('/admin/tags?q=%25')).body).toContain('Nothing fits')
  expect((await editor.get('/admin/tags?unused=yes&q=t-03')).body).toContain('Nothing fits')
})

test('an author’s profile shows on the public page, and belongs to one account', async () => {
  const { press, editor } = await desk()
  const author = await colleague(press, 'author', 'Ada Writer')
  await press.publish({ slug: 'hers', authors: ['ada-writer'] })
  const profile = await found(editor, '/admin/authors', 'Ada Writer')
  const typed = {
    name: 'Ada W. Writer',
    slug: 'ada-writer',
    bio: 'Writes <about> ink.',
    links: 'Mastodon https://social.example/@ada\nmailto:ada@example.org',
    accountId: author.id,
  }
  expect((await editor.post(profile, typed)).statusCode).toBe(303)
  const { body } = await get(press, '/authors/ada-writer')
  expect(body).toContain('Writes &lt;about&gt; ink.')
  expect(body).toContain('<a href="https://social.example/@ada" rel="me">Mastodon</a>')
  expect((await editor.post(profile, { ...typed, links: 'javascript:alert(1)' })).statusCode).toBe(422)
  expect((await author.get('/admin/authors/mine')).body).toContain('Ada W. Writer')
})

test('people edit their own profile and nobody else’s, and its address stays', async () => {
  const { press } = await desk()
  const contributor = await colleague(press, 'contributor', 'Con Tributor')
  expect((await contributor.get('/admin/authors/mine')).body).toContain('value="Con Tributor"')
  const mine = { name: 'Con Tributor', bio: 'New here.', slug: 'something-else', accountId: 'other' }
  expect((await contributor.post('/admin/authors/mine', mine)).statusCode).toBe(303)
  expect((await get(press, '/authors/con-tributor')).body).toContain('New here.')
  await contributor.post('/admin/authors/mine', { ...mine, bio: 'Changed.' })
  expect((await get(press, '/authors/con-tributor')).body).toContain('Changed.')
  expect((await get(press, '/authors/something-else')).statusCode).toBe(404)
  expect((await contributor.get('/admin/authors')).statusCode).toBe(403)
  expect((await contributor.get('/admin/tags')).statusCode).toBe(403)
})
