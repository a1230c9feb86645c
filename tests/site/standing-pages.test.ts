import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { colleague } from '../support/desk.js'
import { openPress } from '../support/press.js'

async function openPages() {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const add = async (fields: Record<string, string>) => {
    const answer = await editor.post('/admin/site/pages/new', fields)
    return { answer, url: String(answer.headers.location ?? '') }
  }
  const change = async (url: string, fields: Record<string, string>) => {
    const version = versionIn((await editor.get(url)).body)
    return editor.post(url, { version, ...fields })
  }
  const read = (url: string) => press.http.inject(url)
  return { press, editor, add, change, read }
}

const versionIn = (body: string) => /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''

test('a page that is added stands at the address made from its title, at once', async () => {
  const { add, read, editor } = await openPages()
  expect((await editor.get('/admin/site/pages')).body).toContain('There are no standing pages yet')
  await add({ title: 'Who we are', body: 'A **small** paper.' })
  const { body, statusCode } = await read('/pages/who-we-are')
  expect(statusCode).toBe(200)
  expect(body).toContain('<strong>small</strong>')
  expect((await read('/sitemap.xml')).body.length).toBeGreaterThan(0)
})

test('a page that moves leaves its former address leading to it, over several moves', async () => {
  const { add, change, read } = await openPages()
  const { url } = await add({ title: 'About', body: 'x' })
  await change(url, { title: 'About', slug: 'about-us', body: 'x' })
  await change(url, { title: 'About', slug: 'who-we-are', body: 'x' })
  for (const old of ['about', 'about-us']) {
    const moved = await read(`/pages/${old}`)
    expect([moved.statusCode, moved.headers.location]).toEqual([301, '/pages/who-we-are'])
  }
  await change(url, { title: 'About', slug: 'about', body: 'x' })
  expect((await read('/pages/about')).statusCode).toBe(200)
  expect((await read('/pages/who-we-are')).headers.location).toBe('/pages/about')
})

test('a page that was deleted comes back by its undo', async () => {
  const { add, editor, read } = await openPages()
  const { url } = await add({ title: 'Policy', body: 'x' })
  const answer = await editor.post(`${url}/removal`)
  expect((await read('/pages/policy')).statusCode).toBe(404)
  const said = answer.cookies.find(({ name }) => name === 'handpress-said')?.value ?? ''
  await editor.post(JSON.parse(Buffer.from(said, 'base64url').toString()).undo.action)
  expect((await read('/pages/policy')).statusCode).toBe(200)
})

test('the address of a deleted page may be given away; then it does not come back', async () => {
  const { add, editor, read } = await openPages()
  const { url } = await add({ title: 'Policy', body: 'old' })
  await editor.post(`${url}/removal`)
  await add({ title: 'Policy', body: 'The new one.' })
  expect((await editor.post(`${url}/return`)).statusCode).toBe(404)
  expect((await read('/pages/policy')).body).toContain('The new one.')
})

test('an address that is taken or no address is refused, and the text is kept', async () => {
  const { add } = await openPages()
  await add({ title: 'Policy', body: 'x' })
  const { answer: taken } = await add({ title: 'Another', slug: 'policy', body: 'Long text that is kept' })
  expect(taken.statusCode).toBe(422)
  expect(taken.body).toContain('Another page has this address.')
  expect(taken.body).toContain('Long text that is kept')
  const { answer: odd } = await add({ title: 'Another', slug: 'a/b', body: '' })
  expect(odd.statusCode).toBe(422)
  expect(odd.body).toContain('Write lower-case words joined by hyphens')
})

test('a stale save shows what is stored beside what was typed, and loses neither', async () => {
  const { add, change, editor, read } = await openPages()
  const { url } = await add({ title: 'Policy', body: 'first' })
  const version = versionIn((await editor.get(url)).body)
  await change(url, { title: 'Policy', slug: 'policy', body: 'theirs' })
  const stale = await editor.post(url, { version, title: 'Policy', slug: 'policy', body: 'mine' })
  expect(stale.statusCode).toBe(409)
  expect(stale.body).toContain('theirs')
  expect(stale.body).toContain('mine')
  expect((await read('/pages/policy')).body).toContain('theirs')
})

test('a preview shows the page and saves nothing; hostile text runs nothing', async () => {
  const { add, read } = await openPages()
  const { answer } = await add({ title: 'Try', body: '## Part\n\n<script>alert(1)</script>', preview: 'yes' })
  expect(answer.statusCode).toBe(200)
  expect(answer.body).toContain('Preview, not saved yet')
  expect(answer.body).not.toContain('<script>alert')
  expect((await read('/pages/try')).statusCode).toBe(404)
})

test('a picture of the library stands in the page, and cannot be deleted as long as it does', async () => {
  const { press, add, change, read, editor } = await openPages()
  const bytes = await readFile(path.join(programFolder, '.github/front-page.webp'))
  const { id, src } = await press.media.add('house.webp', bytes)
  const { url } = await add({ title: 'House', body: '![Our house](house.webp)' })
  expect((await read('/pages/house')).body).toContain(src)
  expect((await editor.get(url)).body).toContain(src)
  expect((await editor.post(`/admin/media/${id}/deletion`)).statusCode).toBe(409)
  await change(url, { title: 'House', slug: 'house', body: 'No picture.' })
  expect((await editor.post(`/admin/media/${id}/deletion`)).statusCode).toBe(303)
})
