import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

const MINUTE = 60_000

test('autosaves of one sitting make one revision each five minutes, explicit saves one each', async () => {
  const { writer, id, advance } = await desk()
  for (const [index, minutes] of [0, 1, 3, 2, 1].entries()) {
    advance(minutes * MINUTE)
    await save(writer, id, { body: `Autosaved ${index}`, autosave: '1' })
  }
  expect(await numbers(writer, id)).toEqual([2, 1])
  await save(writer, id, { body: 'Saved' })
  await save(writer, id, { body: 'Saved' })
  expect(await numbers(writer, id)).toEqual([3, 2, 1])
})

test('what somebody else takes over is in the history as its writer left it', async () => {
  const { press, writer, id } = await desk()
  const editor = await colleague(press, 'editor', 'Bert')
  await save(writer, id, { body: 'First' })
  await save(writer, id, { body: 'Left behind', autosave: '1' })
  await save(editor, id, { body: 'Bert’s', autosave: '1' })
  expect(await numbers(writer, id)).toEqual([3, 2, 1])
  expect((await writer.get(`/admin/articles/${id}/revisions/compare?from=2&to=2`)).body).toContain(
    'Left behind',
  )
})

test('an article from before the desk keeps its first text in the history', async () => {
  const { press } = await desk()
  const editor = await colleague(press, 'editor', 'Bert')
  await press.publish({ slug: 'old', body: 'As it was printed.\n' })
  const id = await idOf(press, 'old')
  await save(editor, id, { body: 'Changed' })
  const { body } = await editor.get(`/admin/articles/${id}/revisions`)
  expect(body).toContain('as it was before the desk')
  expect((await editor.get(`/admin/articles/${id}/revisions/compare?from=1&to=2`)).body).toMatch(
    /<del>[^<]*printed/,
  )
})

test('two revisions are compared word by word, with what changed beside the text', async () => {
  const { writer, id } = await desk()
  await save(writer, id, { title: 'Ink', body: 'The price of ink <i>rose</i> again.' })
  await save(writer, id, { title: 'Ink and paper', body: 'The price of paper <i>rose</i> again.' })
  for (const pair of ['from=1&to=2', 'from=2&to=1', 'from=1&to=now']) {
    const { body } = await writer.get(`/admin/articles/${id}/revisions/compare?${pair}`)
    expect(body).toContain('The price of <del>ink</del><ins>paper</ins> &lt;i&gt;rose')
    expect(body).toContain('Ink<ins> and paper</ins>')
  }
})

test('a revision is brought back as a new save, and that is undone in the same way', async () => {
  const { writer, id } = await desk()
  await save(writer, id, { title: 'One', body: 'First' })
  await save(writer, id, { title: 'Two', body: 'Second' })
  const answer = await writer.post(`/admin/articles/${id}/revisions/1/restore`)
  expect(answer.statusCode).toBe(303)
  expect(await formFields(writer, id)).toMatchObject({ title: 'One', body: 'First', version: '3' })
  expect(await numbers(writer, id)).toEqual([3, 2, 1])
  await writer.post(`/admin/articles/${id}/revisions/2/restore`)
  expect(await formFields(writer, id)).toMatchObject({ title: 'Two', body: 'Second' })
})

test('a stale save without scripts shows both texts whole and side by side, and keeps the refused one', async () => {
  const { press, writer, id } = await desk()
  const editor = await colleague(press, 'editor', 'Bert')
  await save(writer, id, { title: 'Ink', body: 'The price of ink rose.' })
  const opened = await formFields(writer, id)
  await save(editor, id, { body: 'The price of paper rose.' })
  const answer = await writer.post(`/admin/articles/${id}`, { ...opened, body: 'The price of ink fell.' })
  expect(answer.statusCode).toBe(409)
  const sides = [...answer.body.matchAll(/<div class="compared-text"[^>]*>([\s\S]*?)<\/div>/g)]
  const texts = sides.map(([, html = '']) => html.replace(/<\/?mark>/g, ''))
  expect(texts).toEqual(['The price of paper rose.', 'The price of ink fell.'])
  expect(sides[1]?.[1]).toContain('<mark>ink</mark>')
  expect(answer.body).toContain('Bert')
  expect((await writer.get(`/admin/articles/${id}/revisions`)).body).toContain('somebody else was first')

  // The page's form saves mine after all; theirs stays in the history.
  const mine = { ...opened, version: '2', body: 'The price of ink fell.' }
  expect((await writer.post(`/admin/articles/${id}`, mine)).statusCode).toBe(303)
  expect((await formFields(writer, id)).body).toBe('The price of ink fell.')
  const all = await Promise.all(
    [1, 2, 3].map(n => writer.get(`/admin/articles/${id}/revisions/compare?from=${n}&to=${n}`)),
  )
  expect(all.some(({ body }) => body.includes('The price of paper rose.'))).toBe(true)
})

test('the same save sent twice counts as saved, whatever version it names', async () => {
  const { writer, id } = await desk()
  const fields = { ...(await formFields(writer, id)), body: 'Once' }
  const first = await save(writer, id, fields)
  const again = await save(writer, id, fields)
  expect([again.statusCode, again.json().version]).toEqual([200, first.json().version])
})

test('a row of the history that was changed, or is missing, is told of', async () => {
  const { press, writer, id } = await desk()
  for (const body of ['One', 'Two', 'Three']) await save(writer, id, { body })
  const { revisions } = press.articles
  expect(await revisions.verify()).toEqual({ revisions: 3, problems: [] })
  await press.db.run(
    sql`update revisions set account_name = 'Nobody' where article_id = ${id} and number = 2`,
  )
  expect((await revisions.verify()).problems).toEqual([`Revision 2 of article ${id} was changed.`])
  await press.db.run(sql`delete from revisions where article_id = ${id} and number = 2`)
  expect((await revisions.verify()).problems).toEqual([expect.stringContaining('some before it are missing')])
})

test('revisions that were cut off at the end are told of', async () => {
  const { press, writer, id } = await desk()
  for (const body of ['One', 'Two']) await save(writer, id, { body })
  await press.db.run(sql`delete from revisions where article_id = ${id} and number = 2`)
  const { problems } = await press.articles.revisions.verify()
  expect(problems).toEqual([`The history of article ${id} does not end where it was noted to, at 2.`])
})

test('the history of an article is for those only who may work on it', async () => {
  const { press, writer, id } = await desk()
  await save(writer, id, { body: 'Text' })
  const stranger = await colleague(press, 'author', 'A stranger')
  expect((await stranger.get(`/admin/articles/${id}/revisions`)).statusCode).toBe(404)
  expect((await stranger.get(`/admin/articles/${id}/revisions/compare?from=1&to=1`)).statusCode).toBe(404)
  expect((await stranger.post(`/admin/articles/${id}/revisions/1/restore`)).statusCode).toBe(404)
  expect((await writer.get(`/admin/articles/${id}/revisions/compare?from=1&to=9`)).statusCode).toBe(404)
})

async function desk() {
  const { clock, advance } = movableClock()
  const press = await openNewsroom({}, { clock })
  const writer = await colleague(press, 'author', 'Ann')
  return { press, writer, advance, id: await newArticle(writer) }
}

async function numbers(writer: Awaited<ReturnType<typeof colleague>>, id: string): Promise<number[]> {
  const { body } = await writer.get(`/admin/articles/${id}/revisions`)
  return [...body.matchAll(/<th scope="row">(\d+)<\/th>/g)].map(([, number]) => Number(number))
}

async function idOf(press: Awaited<ReturnType<typeof openNewsroom>>, slug: string): Promise<string> {
  const row = await press.db.get(sql`select id from articles where slug = ${slug}`)
  return (row as { id: string }).id
}
