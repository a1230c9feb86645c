import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openNewsroom } from '../support/newsroom.js'
import { temporaryFolder } from '../support/press.js'

test('more files than one group are read ahead on a thread and taken in their order, the broken ones named', async () => {
  const press = await openNewsroom()
  const folder = path.join(await temporaryFolder(), 'texts')
  await mkdir(folder)
  const file = (n: number) => path.join(folder, `${String(n).padStart(4, '0')}.md`)
  const article = (n: number, slug: string) =>
    `---\ntitle: Number ${n}\nslug: ${slug}\nsection: security\nstatus: published\npublished: 2020-12-20\n---\nText ${n}.\n`
  for (let n = 0; n < 1_100; n += 1) await writeFile(file(n), article(n, `story-${n}`))
  await writeFile(file(700), '---\ntitle: [\n---\n')
  await writeFile(file(1_050), article(1_050, 'story-3'))

  const { imported, problems } = await press.articles.importMarkdown([folder])

  expect(imported).toBe(1_099)
  expect(problems.map(({ file }) => file)).toEqual([file(700)])
  expect(problems[0]?.problem).toMatch(/no valid YAML/)
  const titles = await press.db.all(
    sql`select title from articles where slug in ('story-3', 'story-499', 'story-500', 'story-1099') order by id`,
  )
  expect(titles).toEqual(['1050', '499', '500', '1099'].map(n => ({ title: `Number ${n}` })))
})
