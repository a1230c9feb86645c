import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { undo } from '@codemirror/commands'
import { EditorSelection, type EditorState, type StateCommand, type TransactionSpec } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { createMarkdown } from '../../src/foundation/markdown/markdown.js'
import { changeAttributes, oneLine, readAttributes } from '../../views/assets/editor/attributes.js'
import * as commands from '../../views/assets/editor/commands.js'
import {
  changeContainer,
  containerAt,
  insertContainer,
  reportProblems,
} from '../../views/assets/editor/containers.js'
import { footnote } from '../../views/assets/editor/footnotes.js'
import { setLink } from '../../views/assets/editor/links.js'
import { endList, lineBreak, newParagraph } from '../../views/assets/editor/paragraphs.js'
import { readPicture, writePicture } from '../../views/assets/editor/pictures.js'
import * as tables from '../../views/assets/editor/tables.js'
import { textOf } from '../../views/assets/editor/text.js'
import { stateOf, writing } from '../../views/assets/editor/writing.js'

const alone = { picture: () => null, editBlock: () => undefined, editPicture: () => undefined }

const open = (text: string, from = 0, to = from): EditorState =>
  stateOf(text, writing(alone)).update({ selection: EditorSelection.single(from, to) }).state

/** A text with `[` and `]` where the selection begins and ends; `|` for a cursor. */
function opened(marked: string): EditorState {
  const from = marked.search(/[⟦‸]/)
  const text = marked.replace(/[⟦⟧‸]/g, '')
  const end = marked.indexOf('⟧')
  return open(text, from, end < 0 ? from : end - 1)
}

function run(state: EditorState, command: StateCommand): EditorState {
  let after = state
  command({
    state,
    dispatch: transaction => {
      after = transaction.state
    },
  })
  return after
}

const apply = (state: EditorState, spec: TransactionSpec) => state.update(spec).state

// Line ends of every kind, tabs, marks of Markdown, characters without width, right to left, beyond the first plane.
const pieces = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    '\n\n',
    '\t',
    '    ',
    '\0',
    '\u200b',
    '\ufeff',
    '\u2028',
    '\u0085',
    'שלום',
    '👩‍🚀',
    '**',
    '_',
    '`',
    '> ',
    '- ',
    '1. ',
    '## ',
    '::: report outlet="A \\"b\\""',
    ':::',
    '| a | b |',
    '|---|---|',
    '[^1]',
    '[^1]: ',
    '![a](b "c | d")',
    '<script>',
    '\\',
  ),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
)
const anyText = fc.array(pieces, { maxLength: 30 }).map(parts => parts.join(''))

describe('a text in the editor', () => {
  test('comes out as it went in, whatever it holds', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(textOf(open(text))).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  test('comes out byte for byte for each article of the sample edition', () => {
    const folder = path.join(programFolder, 'data/sample')
    const files = readdirSync(folder).filter(name => name.endsWith('.md'))
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      const text = readFileSync(path.join(folder, file), 'utf8')
      expect(textOf(open(text))).toBe(text)
    }
  })

  test('may end in marks: the key for italics behind two stars does not reach beyond the end', () => {
    expect(textOf(run(opened('**‸'), commands.italic))).toBe('****')
  })

  test('is what it was, byte for byte, when what was typed and formatted is undone', () => {
    const tools: ((state: EditorState) => EditorState)[] = [
      ...[
        commands.strong,
        commands.italic,
        commands.heading(2),
        commands.heading(3),
        commands.bulletedList,
        commands.numberedList,
        commands.quotation,
        footnote,
        tables.addRow,
        tables.removeRow,
        tables.addColumn,
        tables.removeColumn,
        tables.moveCell(1),
      ].map(command => (state: EditorState) => run(state, command)),
      state => apply(state, tables.insertTable(state, 2, 3)),
      state => apply(state, insertContainer(state, { kind: 'note', attributes: {}, text: 'A note.' })),
      state => apply(state, setLink(state, { text: 'a [b]', address: 'https://example.org/a b' })),
      state => apply(state, state.replaceSelection('typed')),
    ]
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...tools)), { minLength: 1, maxLength: 6 }),
        (text, steps) => {
          let state = open(text)
          for (const [a, b, tool] of steps) {
            const [from, to] = [a, b].map(number => number % (state.doc.length + 1)) as [number, number]
            state = tool(state.update({ selection: { anchor: from, head: to } }).state)
          }
          for (let before = state; ; before = state) {
            state = run(state, undo)
            if (state === before) break
          }
          expect(textOf(state)).toBe(text)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the tools', () => {
  test.each<[string, string, StateCommand, string]>([
    ['sets bold around the selection', 'a ⟦word⟧ here', commands.strong, 'a **word** here'],
    ['sets bold around the word of the cursor', 'a wo‸rd here', commands.strong, 'a **word** here'],
    ['leaves blanks outside of the marks', 'a⟦ word ⟧here', commands.strong, 'a **word** here'],
    ['takes bold away', 'a **wo‸rd** here', commands.strong, 'a word here'],
    ['goes on in plain words behind bold ones', 'a **word‸**', commands.strong, 'a **word**'],
    ['takes marks away that hold nothing', 'a **‸**', commands.strong, 'a '],
    ['sets italic', 'a ⟦word⟧ here', commands.italic, 'a *word* here'],
    ['takes italic away', 'a _wo‸rd_ here', commands.italic, 'a word here'],
    ['makes a heading', 'Title‸', commands.heading(2), '## Title'],
    ['makes a heading smaller', '## Title‸', commands.heading(3), '### Title'],
    ['makes a heading plain again', '## Title‸', commands.heading(2), 'Title'],
    ['makes a list of lines', '⟦one\ntwo⟧', commands.bulletedList, '- one\n- two'],
    ['makes a list plain again', '⟦- one\n- two⟧', commands.bulletedList, 'one\ntwo'],
    ['numbers lines', '⟦one\ntwo⟧', commands.numberedList, '1. one\n2. two'],
    ['numbers a bulleted list', '⟦- one\n- two⟧', commands.numberedList, '1. one\n2. two'],
    ['quotes lines', '⟦one\ntwo⟧', commands.quotation, '> one\n> two'],
    ['takes a quotation away', '⟦> one\n> two⟧', commands.quotation, 'one\ntwo'],
    ['begins a paragraph by Enter', 'One.‸', newParagraph, 'One.\n\n'],
    ['splits a paragraph by Enter', 'One. ‸Two.', newParagraph, 'One.\n\nTwo.'],
    ['leaves one blank line when Enter is pressed twice', 'One.\n\n‸', newParagraph, 'One.\n\n'],
    ['breaks a line within a paragraph', 'Road 1‸', lineBreak, 'Road 1\\\n'],
    ['ends a list at an empty item', '- one\n- ‸', endList, '- one\n\n'],
    ['sets a footnote', 'A claim‸.', footnote, 'A claim[^1].\n\n[^1]: '],
    [
      'numbers a footnote by the next free number',
      'One[^1], three[^3]‸.\n\n[^1]: a\n[^3]: c',
      footnote,
      'One[^1], three[^3][^2].\n\n[^1]: a\n[^3]: c\n[^2]: ',
    ],
    [
      'adds a row',
      '| a | b |\n|---|---|\n| 1‸ | 2 |',
      tables.addRow,
      '| a | b |\n|---|---|\n| 1 | 2 |\n|  |  |',
    ],
    ['removes a row', '| a | b |\n|---|---|\n| 1‸ | 2 |', tables.removeRow, '| a | b |\n|---|---|'],
    [
      'adds a column',
      '| a‸ | b |\n|---|---|\n| 1 | 2 |',
      tables.addColumn,
      '| a |  | b |\n|---|---|---|\n| 1 |  | 2 |',
    ],
    ['removes a column', '| a‸ | b |\n|---|---|\n| 1 | 2 |', tables.removeColumn, '| b |\n|---|\n| 2 |'],
    [
      'removes the last column',
      '| a | b‸ |\n|---|---|\n| 1 | 2 |',
      tables.removeColumn,
      '| a |\n|---|\n| 1 |',
    ],
  ])('%s', (_name, before, command, after) => {
    expect(textOf(run(opened(before), command))).toBe(after)
  })

  test.each(['- one‸', '> quoted‸', '```\ncode‸\n```', '| a |\n|---|\n| 1‸ |', '::: note‸\n:::'])(
    'leave Enter alone where a line means something: %j',
    text => {
      expect(textOf(run(opened(text), newParagraph))).toBe(text.replace('‸', ''))
    },
  )

  test('go from cell to cell by Tab, over the line of dashes, and add a row behind the last', () => {
    let state = opened('| a‸ | b |\n|---|---|\n| 1 | 2 |')
    const seen = []
    for (let step = 0; step < 4; step++) {
      state = run(state, tables.moveCell(1))
      seen.push(state.sliceDoc(state.selection.main.from, state.selection.main.to))
    }
    expect(seen).toEqual(['b', '1', '2', ''])
    expect(textOf(state)).toBe('| a | b |\n|---|---|\n| 1 | 2 |\n|  |  |')
    state = run(state, tables.moveCell(-1))
    expect(state.sliceDoc(state.selection.main.from, state.selection.main.to)).toBe('2')
  })

  test('insert a table as Markdown with blank lines around it', () => {
    const state = opened('Before‸\nmore.\n\nAfter.')
    expect(textOf(apply(state, tables.insertTable(state, 1, 2)))).toBe(
      'Before\nmore.\n\n| Column 1 | Column 2 |\n|---|---|\n|  |  |\n\nAfter.',
    )
  })

  test('come back from a footnote to its mark', () => {
    const state = run(opened('A claim[^1].\n\n[^1]: Note‸'), footnote)
    expect(state.selection.main.head).toBe('A claim[^1]'.length)
  })
})

describe('a report block', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', '\\', ' ', 'a', '=', ':', '\n', '\r', '\u2028') }),
  )
  const attributes = fc.record({ outlet: value, byline: value, headline: value, url: value })

  test('keeps every attribute that its form was given', () => {
    fc.assert(
      fc.property(attributes, attributes, (first, second) => {
        const line = changeAttributes('::: report', first)
        for (const [name, text] of Object.entries(first))
          expect(readAttributes(line)[name] ?? '').toBe(oneLine(text))
        const again = changeAttributes(line, second)
        for (const [name, text] of Object.entries(second))
          expect(readAttributes(again)[name] ?? '').toBe(oneLine(text))
      }),
      { numRuns: 1_000 },
    )
  })

  test('says to readers what its form was given', () => {
    const state = opened('Before.‸')
    const report = {
      outlet: 'The "Harbour" \\ Post',
      byline: 'A. Writer',
      headline: 'He said: "go"',
      url: 'https://example.org/a?b=1&c="',
      published: '2020-12-21',
      updated: '2020-12-23',
    }
    const text = textOf(
      apply(state, insertContainer(state, { kind: 'report', attributes: report, text: 'What it said.' })),
    )
    const [read] = createMarkdown({ language: 'en', date: String }).read(text).reports
    expect(read).toEqual(report)
  })

  test('keeps its other bytes when one detail is changed', () => {
    const before =
      'A.\n\n:::   report  byline="X"   outlet="Old \\& co"  odd=1 \n text  \n\n:::::  \n\nB.\r\n'
    const state = open(before, 20)
    const placed = containerAt(state)
    if (!placed) throw new Error('no block')
    const same = { attributes: { outlet: 'Old & co', byline: 'X', url: '' }, text: placed.text }
    expect(textOf(apply(state, changeContainer(state, placed, same)))).toBe(before)
    const other = { attributes: { outlet: 'New', byline: 'X', url: 'https://e.org' }, text: placed.text }
    expect(textOf(apply(state, changeContainer(state, placed, other)))).toBe(
      before.replace('"Old \\& co"', '"New"').replace('odd=1 ', 'odd=1 url="https://e.org" '),
    )
  })

  test('changes its text alone when only that was changed', () => {
    for (const ends of ['\n', '\r\n']) {
      const before = ['A.', '', '::: note', 'old', ':::', '', 'B.'].join(ends)
      const state = open(before, before.indexOf('old'))
      const placed = containerAt(state)
      if (!placed) throw new Error('no block')
      const after = textOf(apply(state, changeContainer(state, placed, { attributes: {}, text: 'new' })))
      expect(after.replaceAll('\r', '')).toBe('A.\n\n::: note\nnew\n:::\n\nB.')
    }
  })

  test('is left by the cursor when it was inserted', () => {
    for (const before of ['A.‸', 'A.‸\n\nB.', 'A.\n\n‸\n\nB.', '‸']) {
      const state = opened(before)
      const after = apply(state, insertContainer(state, { kind: 'note', attributes: {}, text: 'n' }))
      const typed = textOf(apply(after, after.replaceSelection('more')))
      expect(typed).toMatch(/::: note\nn\n:::\nmore/)
    }
  })

  test('cannot be ended by its own text', () => {
    const state = opened('‸')
    const after = apply(state, insertContainer(state, { kind: 'note', attributes: {}, text: 'a\n:::\nb' }))
    const html = createMarkdown({ language: 'en', date: String })
    expect(html.html(html.read(`${textOf(after)}\nOutside.`))).toMatch(
      /a\s*:::\s*b[\s\S]*<\/div>\s*<p>Outside/,
    )
  })

  test('is not written without an outlet, with an address that is none, or with a date that is none', () => {
    const problems = reportProblems({
      outlet: ' ',
      url: 'javascript:alert(1)',
      published: '21 December',
      updated: '',
    })
    expect(Object.keys(problems)).toEqual(['outlet', 'url', 'published'])
  })
})

describe('a picture', () => {
  const words = fc.string({ unit: 'grapheme' }).map(text => text.replace(/[|\s]+/g, ' ').trim())

  test('keeps the alt text, caption and credit that its form was given', () => {
    fc.assert(
      fc.property(fc.record({ alt: words, caption: words, credit: words }), texts => {
        const written = writePicture({ name: '2026/11/press.jpg', ...texts })
        expect(readPicture(written)).toEqual({ name: '2026/11/press.jpg', ...texts })
      }),
      { numRuns: 1_000 },
    )
  })

  test('shows readers the alt text and caption that its form was given', () => {
    const texts = {
      alt: 'A *press* [with] "ink" & <paper>',
      caption: 'He said "yes" & left',
      credit: 'J. Doe',
    }
    const written = writePicture({ name: 'a.jpg', ...texts })
    const markdown = createMarkdown({ language: 'en', date: String })
    const picture = { src: '/media/a.jpg', srcset: '', width: 1, height: 1, sources: [], focus: '' }
    const html = markdown.html(markdown.read(written), new Map([['a.jpg', picture]]))
    expect(html).toContain('alt="A *press* [with] &quot;ink&quot; &amp; &lt;paper&gt;"')
    expect(html).toMatch(/He said "yes" &amp; left\s*<small class="credit">J. Doe/)
  })
})
