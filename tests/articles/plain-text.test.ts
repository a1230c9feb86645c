import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createMarkdown } from '../../src/foundation/markdown/markdown.js'

const markdown = createMarkdown({ language: 'en', date: iso => `on ${iso}` })
const plain = (body: string, width = 40) => {
  const hrefs: string[] = []
  const link = (href: string) => ` [${hrefs.push(href)}]`
  const blocks = markdown.plain(markdown.read(body), { width, link, note: number => ` (note ${number})` })
  return { text: blocks.map(lines => lines.join('\n')).join('\n\n'), hrefs }
}

test('every example of the CommonMark standard has plain text, without a tag of its own', () => {
  const spec = readFileSync(path.join(import.meta.dirname, '../fixtures/commonmark-spec.txt'), 'utf8')
  const examples = [...spec.matchAll(/^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$/gm)]
  expect(examples.length).toBeGreaterThan(650)
  for (const [, source = ''] of examples) {
    const { text } = plain(source.replaceAll('→', '\t'))
    expect(text, source).not.toMatch(/<(p|em|strong|h\d|li|blockquote)>/)
  }
})

test('lists, quotations and code keep their shape, and long lines are broken at spaces', () => {
  const { text } = plain(
    '1. First, which is longer than a line of forty columns\n2. Second\n   - inner\n\n> Quoted words that go on for longer than one line.\n\n```\nlet x = 1\n```\n',
  )
  expect(text).toBe(
    [
      '1. First, which is longer than a line of\n   forty columns\n2. Second\n   - inner',
      '> Quoted words that go on for longer\n> than one line.',
      '    let x = 1',
    ].join('\n\n'),
  )
})

test('a link that stands there in full is not listed once more, and a jump inside the page is not a link', () => {
  const { text, hrefs } = plain('<https://example.org/> and [mail](mailto:a@example.org) and [up](#top)', 78)
  expect(text).toBe('https://example.org/ and mail [1] and up')
  expect(hrefs).toEqual(['mailto:a@example.org'])
})

test('scripts without spaces stay as they are; what is HTML in the text keeps its words', () => {
  expect(plain('日本語の長い文章はそのままにしておきます。'.repeat(4)).text).toBe(
    '日本語の長い文章はそのままにしておきます。'.repeat(4),
  )
  expect(plain('<details><summary>More</summary>\nA &amp; B\n</details>').text.replace(/\s+/g, ' ')).toBe(
    'More A & B',
  )
})

test('a table that is too wide for columns is written line by line', () => {
  const wide =
    '| Outlet | What it reported | When |\n|---|---|---|\n| The Weekly Newspaper of Record | Something long | Monday, 24 December 2020 |\n'
  expect(plain(wide).text).toBe(
    'Outlet: The Weekly Newspaper of Record\n  What it reported: Something long\n  When: Monday, 24 December 2020',
  )
})

test('depth does no harm: quotations within quotations within lists', () => {
  expect(plain(`${'> - '.repeat(5)}word`).text).toContain('word')
  expect(plain(`${'- '.repeat(5)}| a | b |\n`).text).toContain('a')
})
