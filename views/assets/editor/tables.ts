import { syntaxTree } from '@codemirror/language'
import type { EditorState, Line, StateCommand, TransactionSpec } from '@codemirror/state'
import { insertBlock, nodeAround } from './commands.js'

/** A new table of empty cells, with its first heading selected. */
export function insertTable(state: EditorState, rows: number, columns: number): TransactionSpec {
  const headings = Array.from({ length: columns }, (_, index) => `Column ${index + 1}`)
  const empty = row(headings.map(() => '  '))
  const text = [row(headings.map(pad)), row(headings.map(() => '---')), ...Array(rows).fill(empty)].join('\n')
  return insertBlock(state, text, { anchor: 2, head: 2 + (headings[0]?.length ?? 0) })
}

const row = (cells: string[]) => `|${cells.join('|')}|`
const pad = (text: string) => ` ${text} `

interface Cell {
  from: number
  to: number
}

/** The lines of the table at the cursor, the second being the line of dashes. */
function tableLines(state: EditorState): Line[] | null {
  const table = nodeAround(state, 'Table')
  if (!table) return null
  const first = state.doc.lineAt(table.from)
  const last = state.doc.lineAt(table.to)
  return Array.from({ length: last.number - first.number + 1 }, (_, index) =>
    state.doc.line(first.number + index),
  )
}

/** Whether the cursor is in a table. */
export function inTable(state: EditorState): boolean {
  return nodeAround(state, 'Table') !== null
}

/** Where the cells of a line lie: what stands between its bars, without the blanks around it. */
export function cellsOf(line: { from: number; text: string }): Cell[] {
  const bars = [...line.text.matchAll(/(?<!\\)(?:\\\\)*\|/g)].map(found => found.index + found[0].length - 1)
  const edges = [...bars]
  if (line.text.slice(0, bars[0] ?? 0).trim()) edges.unshift(-1)
  if (line.text.slice((bars.at(-1) ?? 0) + 1).trim()) edges.push(line.text.length)
  return edges.slice(0, -1).map((bar, index) => inner(line, bar + 1, edges[index + 1] ?? line.text.length))
}

function inner({ from, text }: { from: number; text: string }, start: number, end: number): Cell {
  const content = text.slice(start, end)
  const lead = content.trim() ? content.search(/\S/) : Math.min(1, content.length)
  return { from: from + start + lead, to: from + start + lead + content.trim().length }
}

/** Goes to the next cell (or the one before); behind the last one a row is added. */
export function moveCell(direction: 1 | -1): StateCommand {
  return target => {
    const { state, dispatch } = target
    const rows = tableLines(state)
    if (!rows) return false
    const cells = rows.filter((_, index) => index !== 1).flatMap(cellsOf)
    const here = state.selection.main.head
    const next =
      direction > 0
        ? cells.find(cell => cell.from > here)
        : cells.findLast(cell => cell.to < here && cell.from < here)
    if (!next) return direction > 0 && addRow(target)
    dispatch(state.update({ selection: { anchor: next.from, head: next.to }, scrollIntoView: true }))
    return true
  }
}

/** Adds an empty row below the one of the cursor. */
export const addRow: StateCommand = ({ state, dispatch }) => {
  const rows = tableLines(state)
  if (!rows) return false
  const current = Math.max(1, rowIndex(state, rows))
  const line = rows[current] as Line
  const end = line.to - (line.text.endsWith('\r') ? 1 : 0)
  const insert = `\n${row(cellsOf(rows[0] as Line).map(() => '  '))}`
  dispatch(state.update({ changes: { from: end, insert }, selection: { anchor: end + 3 }, ...edit }))
  return true
}

/** Removes the row of the cursor; the heading and its dashes stay. */
export const removeRow: StateCommand = ({ state, dispatch }) => {
  const rows = tableLines(state)
  if (!rows) return false
  const line = rows[rowIndex(state, rows)]
  if (!line || rows.indexOf(line) < 2) return false
  dispatch(state.update({ changes: { from: line.from - 1, to: line.to }, ...edit }))
  return true
}

/** Adds a column behind the one of the cursor. */
export const addColumn: StateCommand = ({ state, dispatch }) => {
  const rows = tableLines(state)
  if (!rows) return false
  const column = columnIndex(state)
  const changes = rows.flatMap((line, index) => {
    const cell = cellsOf(line)[column]
    if (!cell) return []
    const after = cell.to + (line.text[cell.to - line.from] === ' ' ? 1 : 0)
    const insert = index === 1 ? '|---' : '|  '
    return { from: after, insert }
  })
  dispatch(state.update({ changes, ...edit }))
  return true
}

/** Removes the column of the cursor, as long as another stays. */
export const removeColumn: StateCommand = ({ state, dispatch }) => {
  const rows = tableLines(state)
  if (!rows || cellsOf(rows[0] as Line).length < 2) return false
  const column = columnIndex(state)
  const changes = rows.flatMap(line => {
    const cells = cellsOf(line)
    const cell = cells[column]
    if (!cell) return []
    const text = (from: number, to: number) => line.text.slice(from - line.from, to - line.from)
    const start = line.from + text(line.from, cell.from).trimEnd().length
    const bar = /^[ \t]*\|/.exec(text(cell.to, line.to))
    if (bar) return { from: start, to: cell.to + bar[0].length }
    return { from: Math.max(line.from, start - 1), to: cell.to }
  })
  dispatch(state.update({ changes, ...edit }))
  return true
}

const edit = { scrollIntoView: true, userEvent: 'input.table' }

function rowIndex(state: EditorState, rows: Line[]): number {
  const { number } = state.doc.lineAt(state.selection.main.head)
  return rows.findIndex(line => line.number === number)
}

function columnIndex(state: EditorState): number {
  const head = state.selection.main.head
  const cells = cellsOf(state.doc.lineAt(head))
  const found = cells.findIndex(cell => head <= cell.to)
  return found < 0 ? cells.length - 1 : found
}

/** Whether the syntax around a position is a list, whose items Tab moves in and out. */
export function inList(state: EditorState): boolean {
  for (
    let node = syntaxTree(state).resolveInner(state.selection.main.head, -1);
    node.parent;
    node = node.parent
  )
    if (node.name === 'ListItem') return true
  return false
}
