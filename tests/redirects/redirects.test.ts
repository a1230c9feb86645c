import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { openNewsroom } from '../support/newsroom.js'

async function desk() {
  const press = await openNewsroom({ SITE_URL: 'https://paper.example' })
  const editor = await colleague(press, 'editor')
  const lead = async (from: string, to: string) => editor.post('/admin/redirects', { from, to })
  const follow = async (url: string) => {
    const { statusCode, headers } = await press.http.inject(url)
    return `${statusCode} ${headers.location ?? ''}`.trim()
  }
  return { press, editor, lead, follow }
}

async function idOf({ get }: Colleague, from: string): Promise<string> {
  const { body } = await get(`/admin/redirects?q=${encodeURIComponent(from)}`)
  return /href="\/admin\/redirects\/([0-9a-f-]{36})"/.exec(body)?.[1] ?? ''
}

test('an address of an older site leads to the article, with and without a slash at its end', async () => {
  const { press, lead, follow } = await desk()
  await press.publish({ slug: 'our-story' })
  expect((await lead('https://old.example/2020/12/24/our-story/', '/articles/our-story')).statusCode).toBe(
    303,
  )
  for (const url of ['/2020/12/24/our-story/', '/2020/12/24/our-story', '//2020/12//24/our-story/'])
    expect(await follow(url)).toBe('301 /articles/our-story')
  expect(await follow('/2020/12/24/our-story/?utm=a&b=%20c')).toBe('301 /articles/our-story?utm=a&b=%20c')
  expect(await follow('/2020/12/24/other')).toBe('404')
})

test('the permanent redirect is asked about each time, so that an editor can change it', async () => {
  const { press, lead } = await desk()
  await lead('/old', '/archive')
  const { headers } = await press.http.inject('/old')
  expect(headers['cache-control']).toBe('public, no-cache')
  expect((await press.http.inject({ method: 'POST', url: '/old' })).statusCode).toBe(404)
  expect((await press.http.inject({ method: 'HEAD', url: '/old' })).statusCode).toBe(301)
})

test('WordPress’s numbers lead on, from the front page and from pages below', async () => {
  const { lead, follow } = await desk()
  await lead('/?p=123', '/articles/a')
  await lead('/blog/?page_id=7', '/pages/about')
  await lead('/blog', '/archive')
  expect(await follow('/?p=123')).toBe('301 /articles/a')
  expect(await follow('/?utm=x&p=123')).toBe('301 /articles/a?utm=x')
  expect(await follow('/?p=124')).toBe('200')
  expect(await follow('/?q=123')).toBe('200')
  expect(await follow('/blog?page_id=7')).toBe('301 /pages/about')
  expect(await follow('/blog?page_id=8')).toBe('301 /archive?page_id=8')
})

test('letters of any script lead on, however they are written', async () => {
  const { lead, follow } = await desk()
  await lead('/süden/über', '/archive')
  await lead('/ニュース', '/articles/ニュース')
  expect(await follow('/s%C3%BCden/%C3%BCber/')).toBe('301 /archive')
  expect(await follow('/su%CC%88den/u%CC%88ber')).toBe('301 /archive')
  expect(await follow(encodeURI('/ニュース'))).toBe(`301 ${encodeURI('/articles/ニュース')}`)
})

test('a page that stands always wins, and the desk says so', async () => {
  const { press, editor, lead, follow } = await desk()
  await press.publish({ slug: 'stands' })
  const { headers } = await lead('/articles/stands', '/archive')
  expect(await follow('/articles/stands')).toBe('200')
  const cookie = `${editor.cookie}; ${String(headers['set-cookie']).split(';')[0]}`
  const next = await press.http.inject({ url: '/admin/redirects', headers: { cookie } })
  expect(next.body).toContain('A page stands at this address')
})

test('a standing page wins as well, until it is deleted', async () => {
  const { press, editor, lead, follow } = await desk()
  await editor.post('/admin/site/pages/new', { title: 'House rules', body: 'Be kind.' })
  const { headers } = await lead('/pages/house-rules', '/archive')
  expect(await follow('/pages/house-rules')).toBe('200')
  const cookie = `${editor.cookie}; ${String(headers['set-cookie']).split(';')[0]}`
  const next = await press.http.inject({ url: '/admin/redirects', headers: { cookie } })
  expect(next.body).toContain('A page stands at this address')
  const { body } = await editor.get('/admin/site/pages')
  const address = /href="(\/admin\/site\/pages\/[0-9a-f-]{36})"[^<]*>House rules/.exec(body)?.[1] ?? ''
  await editor.post(`${address}/removal`)
  expect(await follow('/pages/house-rules')).toBe('301 /archive')
})

test('another site is reached by https only, and marked', async () => {
  const { editor, lead, follow } = await desk()
  expect((await lead('/archive-site', 'https://archive.example/x?y=1#z')).statusCode).toBe(303)
  expect(await follow('/archive-site?a=b')).toBe('301 https://archive.example/x?y=1&a=b#z')
  expect((await editor.get('/admin/redirects')).body).toContain('another site')
})

test('what a visitor adds to an address never decides where it leads', async () => {
  const { lead, follow } = await desk()
  await lead('/old', '/archive')
  for (const url of [
    '/old?to=https://evil.example',
    '/old?//evil.example',
    '/old?@evil.example',
    '//evil.example/old/..',
    '/old%2f..%2f..%2fevil.example',
    '//old?x',
  ])
    expect(await follow(url), url).toMatch(/^(404|301 \/archive(\?|$))/)
})

test.each([
  ['from', 'no-slash', '/archive'],
  ['from', '/', '/archive'],
  ['from', '/admin/x', '/archive'],
  ['from', '/tips', '/archive'],
  ['from', '/archive/', '/search'],
  ['from', '/search?p=12', '/archive'],
  ['from', 'https://old.example/feed.xml', '/archive'],
  ['from', '/x?colour=red', '/archive'],
  ['from', '/x%ZZ', '/archive'],
  ['to', '/x', 'http://elsewhere.example/'],
  ['to', '/x', 'javascript:alert(1)'],
  ['to', '/x', 'data:text/html,x'],
  ['to', '/x', '//elsewhere.example/'],
  ['to', '/x', '/\\elsewhere.example/'],
  ['to', '/x', '/\t/elsewhere.example/'],
  ['to', '/x', 'https://paper.example@elsewhere.example/'],
  ['to', '/x', '/admin'],
  ['to', '/x', 'nonsense'],
])('%s: %s → %s is refused beside the field, with what was typed', async (field, from, to) => {
  const { lead } = await desk()
  const { statusCode, body } = await lead(from, to)
  expect(statusCode).toBe(422)
  expect(body).toContain(`href="#${field}"`)
})

test('a circle is refused, and its chain named', async () => {
  const { lead, follow } = await desk()
  expect((await lead('/a', '/a/')).body).toContain('/a → /a')
  await lead('/a', '/b')
  const refused = await lead('/b', '/a?x=1')
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('/b → /a → /b')
  await lead('/b', '/c')
  expect((await lead('/c', 'https://paper.example/a')).body).toContain('/c → ')
  expect(await follow('/c')).toBe('404')
})

test('a chain is flattened, whichever end is added last: readers take one step', async () => {
  const { lead, follow } = await desk()
  await lead('/b', '/c')
  await lead('/a', '/b')
  expect(await follow('/a')).toBe('301 /c')
  await lead('/c', '/d')
  expect([await follow('/a'), await follow('/b'), await follow('/c')]).toEqual(Array(3).fill('301 /d'))
})

test('a redirect and a former address do not lead in a circle either', async () => {
  const { press, editor, lead, follow } = await desk()
  await press.publish({ slug: 'now', formerSlugs: ['before'] })
  expect(await follow('/articles/before')).toBe('301 /articles/now')
  const refused = await lead('/articles/now', '/articles/before')
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('/articles/now → /articles/before → /articles/now')
  await lead('/old', '/articles/before')
  expect(await follow('/old')).toBe('301 /articles/now')
  const { body } = await editor.get('/admin/redirects')
  expect(body).toContain('Article moved')
  expect(body).toContain('/articles/before')
})

test('a target that moves later is still one step away', async () => {
  const { press, lead, follow } = await desk()
  await press.publish({ slug: 'first' })
  await lead('/old', '/articles/first')
  await press.publish({ slug: 'second', formerSlugs: ['first'] })
  expect(await follow('/old?x=1')).toBe('301 /articles/second?x=1')
})

test('one is changed, deleted and brought back', async () => {
  const { editor, lead, follow } = await desk()
  await lead('/a', '/archive')
  const id = await idOf(editor, '/a')
  await editor.post(`/admin/redirects/${id}`, { from: '/z', to: '/search' })
  expect([await follow('/a'), await follow('/z')]).toEqual(['404', '301 /search'])
  expect((await editor.post(`/admin/redirects/${id}`, { from: '/z', to: 'nowhere' })).statusCode).toBe(422)
  await editor.post(`/admin/redirects/${id}/removal`)
  expect(await follow('/z')).toBe('404')
  await editor.post(`/admin/redirects/${id}/restoration`)
  expect(await follow('/z')).toBe('301 /search')
  await editor.post(`/admin/redirects/${id}/removal`)
  await lead('/search-page', '/z')
  await lead('/z', '/archive')
  expect(await follow('/z')).toBe('301 /archive')
  expect((await editor.post(`/admin/redirects/${id}/restoration`)).statusCode).toBe(409)
})

test('one that would lead in a circle by now is not brought back', async () => {
  const { editor, lead, follow } = await desk()
  await lead('/a', '/b')
  const id = await idOf(editor, '/a')
  await editor.post(`/admin/redirects/${id}/removal`)
  await lead('/b', '/a')
  const refused = await editor.post(`/admin/redirects/${id}/restoration`)
  expect(refused.statusCode).toBe(409)
  expect(refused.body).toContain('/a → /b → /a')
  expect(await follow('/a')).toBe('404')
})

test('an address has one redirect', async () => {
  const { lead } = await desk()
  await lead('/a', '/b')
  expect((await lead('/a/', '/c')).body).toContain('/a leads to /b already')
})

test('the list is paged by address, searched, and holds what moved beside what was added', async () => {
  const { press, editor, lead } = await desk()
  for (let index = 0; index < 55; index++) await lead(`/old/${String(index).padStart(2, '0')}`, '/archive')
  await press.publish({ slug: 'now', formerSlugs: ['before'] })
  const first = (await editor.get('/admin/redirects')).body
  expect(first.match(/scope="row"/g)).toHaveLength(50)
  expect(first).toContain('/articles/before')
  const next = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = (await editor.get(next)).body
  expect(second.match(/scope="row"/g)).toHaveLength(6)
  expect(second).not.toContain('/articles/before')
  expect((await editor.get('/admin/redirects?q=befor')).body.match(/scope="row"/g)).toHaveLength(1)
  expect((await editor.get('/admin/redirects?q=old/0')).body.match(/scope="row"/g)).toHaveLength(10)
})

test('an article’s addresses lead on through all its moves, until another article takes one', async () => {
  const { press, follow } = await desk()
  await press.publish({ slug: 'a', title: 'The first' })
  await press.publish({ slug: 'b', formerSlugs: ['a'] })
  await press.publish({ slug: 'c', formerSlugs: ['b'] })
  expect([await follow('/articles/a'), await follow('/articles/b')]).toEqual(Array(2).fill('301 /articles/c'))
  await press.publish({ slug: 'a', title: 'Another story' })
  expect(await follow('/articles/a')).toBe('200')
  expect((await press.http.inject('/articles/a')).body).toContain('Another story')
  expect(await follow('/articles/b')).toBe('301 /articles/c')
})
