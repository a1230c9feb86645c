import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { escapeHtml } from '../../src/foundation/escape.js'
import { compileBlueprint } from '../../src/mail/index.js'

const marks = ['xq7onexq7', 'xq7twoxq7'] as const

const draft = {
  fromName: 'The Paper, “daily”',
  from: 'news@paper.example',
  subject: 'Grüße — and a subject that is long enough to be folded over more than one line of a header',
  date: new Date('2021-01-04T12:00:00Z'),
  headers: { Precedence: 'bulk' },
  marks,
}
const copy = { to: 'reader@example.org', messageId: 'abc@paper.example', headers: {} }
const lines = (text: string) => text.replace(/\r\n|\r/g, '\n')
const decoded = (source: Buffer) => simpleParser(source, { skipTextToHtml: true, skipHtmlToText: true })

const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.constantFrom(
    ...marks,
    ' ',
    '  ',
    '\t',
    '\r\n',
    '\n.',
    '\nFrom ',
    '=',
    '=\r\n',
    'x'.repeat(200),
    '--=_',
    'é',
    '🦀',
  ),
)
const content = fc.array(words, { maxLength: 12 }).map(parts => `a${parts.join('')}z`)
const value = fc.string({ unit: 'grapheme', maxLength: 200 })

test('whatever is written and filled in, what arrives is what was replaced', async () => {
  await fc.assert(
    fc.asyncProperty(content, content, value, value, async (html, text, one, two) => {
      const source = await compileBlueprint({ ...draft, html, text }).fill({
        ...copy,
        values: { [marks[0]]: one, [marks[1]]: two },
      })
      const mail = await decoded(source)
      const replaced = (written: string, first: string, second: string) =>
        lines(written.replaceAll(marks[0], () => first).replaceAll(marks[1], () => second))
      expect(lines(mail.text ?? '').trimEnd()).toBe(replaced(text, one, two).trimEnd())
      expect(lines(String(mail.html)).trimEnd()).toBe(
        replaced(html, escapeHtml(one), escapeHtml(two)).trimEnd(),
      )
      for (const line of source.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
    }),
    { numRuns: 300 },
  )
})

test('headers say who, to whom and what in any script, and those of a list stay on one line', async () => {
  const leave = `<https://paper.example/newsletter/unsubscribe/${'x'.repeat(80)}>`
  const source = await compileBlueprint({ ...draft, html: '<p>a</p>', text: 'a' }).fill({
    ...copy,
    headers: { 'List-Unsubscribe': leave, 'X-Smuggled': 'a\r\nBcc: everybody@example.org' },
    values: {},
  })
  const mail = await decoded(source)
  expect(mail.from?.value).toEqual([{ name: draft.fromName, address: draft.from }])
  expect(mail.subject).toBe(draft.subject)
  expect(mail.date).toEqual(draft.date)
  expect(mail.messageId).toBe('<abc@paper.example>')
  expect(source.toString()).toContain(`\r\nList-Unsubscribe: ${leave}\r\n`)
  expect(mail.bcc).toBeUndefined()
})
