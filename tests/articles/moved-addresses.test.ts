import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'

async function desk() {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const follow = async (url: string) => {
    const { statusCode, headers } = await press.http.inject(url)
    return `${statusCode} ${headers.location ?? ''}`.trim()
  }
  return { press, editor, follow }
}

async function published(editor: Colleague, title: string, slug: string): Promise<string> {
  const id = await newArticle(editor)
  await save(editor, id, { title, slug, body: 'Text.' })
  expect((await editor.post(`/admin/articles/${id}/publish`)).statusCode).toBe(303)
  return id
}

async function move(editor: Colleague, id: string, slug: string): Promise<void> {
  expect((await save(editor, id, { slug })).statusCode).toBe(200)
  expect((await editor.post(`/admin/articles/${id}/update`, { kind: 'minor' })).statusCode).toBe(303)
}

test('an address that is changed at the desk leads on, through every change, in one step', async () => {
  const { editor, follow } = await desk()
  const id = await published(editor, 'The harbour', 'a')
  await move(editor, id, 'b')
  expect(await follow('/articles/a')).toBe('301 /articles/b')
  await move(editor, id, 'c')
  expect([await follow('/articles/a'), await follow('/articles/b')]).toEqual(Array(2).fill('301 /articles/c'))
  await move(editor, id, 'a')
  expect(await follow('/articles/a')).toBe('200')
  expect(await follow('/articles/c')).toBe('301 /articles/a')
})

test('a new article that takes a former address has it, and gives it on when it moves itself', async () => {
  const { press, editor, follow } = await desk()
  const first = await published(editor, 'The first', 'a')
  await move(editor, first, 'b')
  const second = await published(editor, 'The second', 'a')
  expect((await press.http.inject('/articles/a')).body).toContain('The second')
  await move(editor, second, 'z')
  expect(await follow('/articles/a')).toBe('301 /articles/z')
  expect(await follow('/articles/b')).toBe('200')
})

test('a moved article’s old address is not led to while the article lies in the trash', async () => {
  const { editor, follow } = await desk()
  const id = await published(editor, 'The harbour', 'a')
  await move(editor, id, 'b')
  await editor.post(`/admin/articles/${id}/trash`)
  expect(await follow('/articles/a')).toBe('404')
  await editor.post('/admin/redirects', { from: '/articles/a', to: '/archive' })
  expect(await follow('/articles/a')).toBe('301 /archive')
})
