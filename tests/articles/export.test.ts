import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readArticleFile } from '../../src/articles/front-matter.js'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { openSampleEdition } from '../support/edition.js'
import { openNewsroom } from '../support/newsroom.js'
import { temporaryFolder } from '../support/press.js'

test('the sample edition goes out as it came in: fields, texts and pictures', {
  timeout: 60_000,
}, async () => {
  const press = await openSampleEdition()
  const folder = path.join(await temporaryFolder(), 'out')
  const sample = path.join(programFolder, 'data/sample')
  const { exported, missing } = await press.articles.exportMarkdown(folder)
  const names = (await readdir(sample)).filter(name => name.endsWith('.md'))
  expect([exported, missing]).toEqual([names.length, []])
  for (const name of names) {
    const given = readArticleFile(await readFile(path.join(sample, name), 'utf8'))
    expect(readArticleFile(await readFile(path.join(folder, `${given.slug}.md`), 'utf8'))).toEqual(given)
  }
  const pictures = await readdir(path.join(folder, 'pictures'))
  expect(pictures.length).toBeGreaterThan(5)
  for (const name of pictures) {
    const bytes = await readFile(path.join(folder, 'pictures', name))
    expect(bytes.equals(await readFile(path.join(sample, 'pictures', name))), name).toBe(true)
  }
})

test('whatever an article holds survives export and import', async () => {
  const press = await openNewsroom()
  const article = {
    title: '- "No": a #1 \'title\' & more, {yes}',
    dek: '@dek: | > % true',
    tags: ['ink', 'paper'],
    authors: ['staff', 'other'],
    quickNote: 'Its own: *note*',
    canonicalUrl: 'https://example.org/a?b=c#d',
    formerSlugs: ['older', 'oldest'],
    updated: '2020-12-26T12:00:00.000Z',
    updateReason: '2020-12-26',
    corrections: [{ at: '2020-12-25T00:00:00.000Z', text: 'Not: this', wrong: 'Not', right: 'this' }],
    body: '---\nnot: front matter\n---\r\nlone\rreturn\n\n\u2028\ufeff👩🏽‍🚀 ',
  }
  await press.publish({ ...article, slug: 'strange' })
  await press.publish({
    slug: 'gone',
    status: 'withdrawn',
    withdrawnReason: 'It was wrong.',
    quickNote: false,
    body: '',
  })
  await press.publish({ slug: 'later', status: 'scheduled', published: '2030-01-01T00:00:00.000Z' })
  await press.publish({ slug: '漢'.repeat(150), status: 'draft' })
  const first = path.join(await temporaryFolder(), 'first')
  expect((await press.articles.exportMarkdown(first)).exported).toBe(4)
  const again = await openNewsroom()
  expect(await again.articles.importMarkdown([first])).toEqual({ imported: 4, problems: [] })
  const second = path.join(await temporaryFolder(), 'second')
  await again.articles.exportMarkdown(second)
  expect(await contents(second)).toEqual(await contents(first))
  const strange = readArticleFile(await readFile(path.join(first, 'strange.md'), 'utf8'))
  expect(strange).toMatchObject({ ...article, formerSlugs: ['older', 'oldest'] })
})

test('an export never writes over what lies there, and leaves out the trash', async () => {
  const press = await openNewsroom()
  await press.publish({ slug: 'kept' })
  const thrown = await press.publish({ slug: 'thrown-away', status: 'draft' })
  await press.db.run(sql`update articles set trashed = '2021-01-01T00:00:00.000Z' where slug = ${thrown}`)
  const folder = path.join(await temporaryFolder(), 'out')
  await press.articles.exportMarkdown(folder)
  expect(await readdir(folder)).toEqual(['kept.md'])
  await expect(press.articles.exportMarkdown(folder)).rejects.toThrow('is not empty')
})

// Names of files for too long slugs are ids, which differ between two papers.
async function contents(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  const texts = await Promise.all(names.map(name => readFile(path.join(folder, name), 'utf8')))
  return texts.sort()
}
