import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { splitFrontMatter } from '../../src/foundation/markdown/front-matter.js'
import { colleague } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'

// Line ends, tabs, marks of HTML and Markdown and of forms, and any character at all.
const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    '\t',
    '  \n',
    '&',
    '&amp;',
    '<',
    '</textarea>',
    '"',
    "'",
    '%0D',
    '+',
    '=',
  ),
  fc.constantFrom(
    '\u200b',
    '\u2028',
    '\ufeff',
    'é',
    'e\u0301',
    '漢字',
    '👩🏽‍🚀',
    '\u0000',
    '\u0001',
    '\u000c',
    ':::',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const text = fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join(''))

test('any text: what is saved is what comes back, with line feeds for its line ends', {
  timeout: 60_000,
}, async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'author')
  const id = await newArticle(writer)
  await fc.assert(
    fc.asyncProperty(text, async body => {
      expect((await save(writer, id, { body })).statusCode).toBe(200)
      const kept = body.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd')
      expect(await stored(press, id)).toBe(kept)
      const shown = await formFields(writer, id)
      expect(shown.body).toBe(kept)
      // As browsers send it back: nothing has changed.
      const again = await save(writer, id, { ...shown, body: kept.replaceAll('\n', '\r\n') })
      expect(again.json().version).toBe(Number(shown.version))
    }),
    { numRuns: 60 },
  )
})

test('any text from elsewhere keeps its bytes as long as nobody changes it', {
  timeout: 60_000,
}, async () => {
  const press = await openNewsroom()
  const writer = await colleague(press, 'editor')
  const slug = await press.publish()
  const id = await idOf(press, slug)
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (body, crlf) => {
      await press.publish({ slug, body })
      const shown = await formFields(writer, id)
      const sent = {
        ...shown,
        title: `${body.length}`,
        body: crlf ? bodyOf(shown).replaceAll('\n', '\r\n') : bodyOf(shown),
      }
      expect((await save(writer, id, sent)).statusCode).toBe(200)
      // A form cannot hold a NUL, so a text with one comes back changed.
      if (!body.includes('\0')) expect(await stored(press, id)).toBe(body)
    }),
    { numRuns: 60 },
  )
})

test('the sample edition goes through the form and back to the readers byte for byte', {
  timeout: 60_000,
}, async () => {
  const press = await openSampleEdition()
  const editor = await colleague(press, 'editor')
  const folder = path.join(programFolder, 'data/sample')
  const files = readdirSync(folder).filter(name => name.endsWith('.md'))
  expect(files.length).toBeGreaterThan(5)
  for (const name of files) {
    const { front, body } = splitFrontMatter(readFileSync(path.join(folder, name), 'utf8'))
    const id = await idOf(press, String(front.slug))
    const shown = await formFields(editor, id)
    const sent = { ...shown, dek: `${shown.dek} Changed.`, body: bodyOf(shown).replaceAll('\n', '\r\n') }
    expect((await save(editor, id, sent)).statusCode, name).toBe(200)
    await press.db.transaction(tx => press.articles.manuscripts.file(tx, id, { status: 'published' }))
    const row = await press.db.get(sql`select body from articles where id = ${id}`)
    expect(row, name).toEqual({ body })
  }
})

test('an import takes the place of the working copy, which stays in the history', async () => {
  const press = await openNewsroom()
  const editor = await colleague(press, 'editor')
  const slug = await press.publish({ title: 'Printed', body: 'Printed.' })
  const id = await idOf(press, slug)
  await save(editor, id, { body: 'Being written', autosave: '1' })
  const opened = await formFields(editor, id)
  await press.publish({ slug, title: 'Imported', body: 'Imported.\r\n' })
  expect(await formFields(editor, id)).toMatchObject({ title: 'Imported', body: 'Imported.\n' })
  const stale = await save(editor, id, { ...opened, body: 'Written on' })
  expect([stale.statusCode, stale.json().by]).toEqual([409, 'an import'])
  const { body } = await editor.get(`/admin/articles/${id}/revisions`)
  expect(body).toContain('imported')
  const second = await editor.get(`/admin/articles/${id}/revisions/compare?from=2&to=2`)
  expect(second.body).toContain('Being written')

  const version = (await formFields(editor, id)).version
  await press.publish({ slug, title: 'Imported', body: 'Imported.\r\n' })
  expect((await formFields(editor, id)).version).toBe(version)
})

async function stored(press: Newsroom, id: string): Promise<string> {
  return (await press.articles.manuscripts.working(press.db, id)).manuscript.body
}

const bodyOf = (shown: Record<string, string>) => shown.body ?? ''

async function idOf(press: Pick<Newsroom, 'db'>, slug: string): Promise<string> {
  const row = await press.db.get(sql`select id from articles where slug = ${slug}`)
  return (row as { id: string }).id
}
