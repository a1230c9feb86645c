import { syntaxTree } from '@codemirror/language'
import {
  type ChangeSpec,
  EditorSelection,
  type EditorState,
  type Line,
  type StateCommand,
  type TransactionSpec,
} from '@codemirror/state'
import type { SyntaxNode } from './syntax.js'

/** The innermost syntax node of one of the kinds around the selection. */
export function nodeAround(state: EditorState, ...names: string[]): SyntaxNode | null {
  const { from, to } = state.selection.main
  for (const side of [-1, 1] as const) {
    let node: SyntaxNode | null = syntaxTree(state).resolveInner(side < 0 ? to : from, side)
    while (node) {
      if (names.includes(node.name) && node.from <= from && node.to >= to) return node
      node = node.parent
    }
  }
  return null
}

/** Sets or takes away emphasis: the marks around the selection, or around the word at the cursor. */
function emphasis(name: string, mark: string): StateCommand {
  return ({ state, dispatch }) => {
    const node = nodeAround(state, name)
    const change = node
      ? leaveOrRemove(state, node)
      : (withoutEmptyMarks(state, mark) ?? withMarks(state, mark))
    dispatch(state.update(change, edit))
    return true
  }
}

/** Whoever wrote to the end of bold words and presses the key again wants to go on in plain ones. */
function leaveOrRemove(state: EditorState, node: SyntaxNode): TransactionSpec {
  const { main } = state.selection
  const close = node.lastChild
  return main.empty && close && main.head === close.from
    ? { selection: { anchor: close.to } }
    : withoutMarks(node)
}

/** Marks with nothing between them go again. */
function withoutEmptyMarks(state: EditorState, mark: string): TransactionSpec | null {
  const { head, empty } = state.selection.main
  const [from, to] = [head - mark.length, head + mark.length]
  const around = state.sliceDoc(Math.max(0, from - 1), to + 1)
  const isBetween = from >= 0 && to <= state.doc.length
  const isEmptyPair = empty && isBetween && around.trim() === mark + mark
  return isEmptyPair ? { changes: { from, to } } : null
}

export const strong = emphasis('StrongEmphasis', '**')
export const italic = emphasis('Emphasis', '*')

const edit = { scrollIntoView: true, userEvent: 'input.format' }

function withoutMarks(node: SyntaxNode): TransactionSpec {
  const marks = [node.firstChild, node.lastChild].filter(mark => mark !== null)
  return { changes: marks.map(({ from, to }) => ({ from, to })) }
}

function withMarks(state: EditorState, mark: string): TransactionSpec {
  const { from, to } = trimmed(state)
  return {
    changes: [
      { from, insert: mark },
      { from: to, insert: mark },
    ],
    selection: { anchor: from + mark.length, head: to + mark.length },
  }
}

/** The selection without the blanks at its ends, which CommonMark's marks must not touch; the word where it is empty. */
function trimmed(state: EditorState): { from: number; to: number } {
  const { main } = state.selection
  const { from, to } = main.empty ? (state.wordAt(main.head) ?? main) : main
  const text = state.sliceDoc(from, to)
  if (!text.trim()) return { from, to: from }
  return { from: from + text.search(/\S/), to: to - (text.length - text.trimEnd().length) }
}

/** Changes the beginnings of the selected lines. */
function lines(change: (text: string, number: number, all: string[]) => string): StateCommand {
  return ({ state, dispatch }) => {
    const selected = selectedLines(state)
    const texts = selected.map(line => line.text)
    const changes = selected.flatMap((line, index) => difference(line, change(line.text, index, texts)))
    if (!changes.length) return false
    const set = state.changes(changes)
    dispatch(state.update({ changes: set, selection: state.selection.map(set, 1) }, edit))
    return true
  }
}

function selectedLines(state: EditorState): Line[] {
  const { from, to } = state.selection.main
  const found: Line[] = []
  for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
    found.push(line)
    if (line.to >= to) return found.length > 1 ? found.filter(({ text }) => text.trim()) : found
  }
}

/** The change of a line's beginning; what stays is not touched, so that the cursor stays in its word. */
function difference(line: Line, text: string): ChangeSpec[] {
  if (text === line.text) return []
  let kept = 0
  while (kept < text.length && text.at(-kept - 1) === line.text.at(-kept - 1) && kept < line.length) kept++
  return [{ from: line.from, to: line.to - kept, insert: text.slice(0, text.length - kept) }]
}

/** Makes the lines a heading of this level, or plain again where they are one. */
export function heading(level: number): StateCommand {
  const mark = `${'#'.repeat(level)} `
  return lines((text, _number, all) => {
    const plain = text.replace(/^ {0,3}#{1,6}[ \t]+/, '')
    return all.every(line => line.startsWith(mark)) ? plain : mark + plain
  })
}

const bullet = /^(\s*)[-*+][ \t]+/
const numbered = /^(\s*)\d{1,9}[.)][ \t]+/

/** Makes the lines a bulleted list, or plain again. */
export const bulletedList = list(bullet, () => '- ')

/** Makes the lines a numbered list, or plain again. */
export const numberedList = list(numbered, number => `${number + 1}. `)

function list(own: RegExp, mark: (number: number) => string): StateCommand {
  return lines((text, number, all) => {
    if (all.every(line => own.test(line))) return text.replace(own, '$1')
    const plain = text.replace(bullet, '$1').replace(numbered, '$1')
    return plain.replace(/^\s*/, indent => indent + mark(number))
  })
}

/** Quotes the lines, or takes the quotation away. */
export const quotation: StateCommand = target => {
  const quoted = nodeAround(target.state, 'Blockquote') !== null
  return lines(text => (quoted ? text.replace(/^ {0,3}> ?/, '') : `> ${text}`))(target)
}

/** Sets the text as a block of its own behind the paragraph of the cursor, with blank lines around it. */
export function insertBlock(
  state: EditorState,
  text: string,
  cursor: { anchor: number; head?: number } = { anchor: text.length },
): TransactionSpec {
  const line = blockEnd(state)
  const blank = !line.text.trim()
  const before = blank ? blankBefore(state, line) : '\n\n'
  const next = line.number < state.doc.lines ? state.doc.line(line.number + 1).text.trim() : ''
  const after = line.number === state.doc.lines ? '\n' : next ? '\n' : ''
  const from = blank ? line.from : line.to
  const start = from + before.length
  return {
    changes: {
      from,
      to: blank ? line.from + line.text.trimEnd().length : from,
      insert: before + text + after,
    },
    selection: EditorSelection.range(start + cursor.anchor, start + (cursor.head ?? cursor.anchor)),
    ...edit,
  }
}

function blankBefore(state: EditorState, line: Line): string {
  return line.number > 1 && state.doc.line(line.number - 1).text.trim() ? '\n' : ''
}

/** The last line of the paragraph, or of the whole block, that the cursor is in. */
function blockEnd(state: EditorState): Line {
  const { to } = state.selection.main
  const block = nodeAround(state, 'Container', 'Table', 'FencedCode')
  let line = state.doc.lineAt(block ? Math.min(block.to, state.doc.length) : to)
  if (block?.name === 'Container') line = state.doc.lineAt(containerEnd(state, block))
  else if (!line.text.trim()) return line
  while (line.number < state.doc.lines) {
    const next = state.doc.line(line.number + 1)
    if (!next.text.trim()) break
    line = next
  }
  return line
}

/** Where a block ends, its closing colons included. */
export function containerEnd(state: EditorState, container: SyntaxNode): number {
  const { nextSibling } = container
  const closed = nextSibling?.name === 'ContainerMark' && isNextLine(state, container, nextSibling)
  return closed ? nextSibling.to : container.to
}

function isNextLine(state: EditorState, one: SyntaxNode, other: SyntaxNode): boolean {
  return state.doc.lineAt(other.from).number - state.doc.lineAt(one.to).number <= 1
}
