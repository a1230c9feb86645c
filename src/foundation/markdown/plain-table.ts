import type { Token } from 'markdown-it'
import { wrapped } from './wrap.js'

const GAP = '  '

/**
 * A table as columns, the last of them wrapped where it is wide; as lines of `heading: value` for each row where even that does
 * not fit.
 */
export function plainTable(tokens: Token[], width: number, words: (cell: Token) => string): string[] {
  const rows = rowsOf(tokens).map(row => row.map(cell => words(cell).replace(/\s+/g, ' ').trim()))
  const [head = [], ...body] = rows
  const widths = head.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  )
  const before = widths.slice(0, -1).reduce((total, each) => total + each + GAP.length, 0)
  const last = Math.min(widths.at(-1) ?? 0, width - before)
  const fits = last === widths.at(-1) || last >= width / 2
  return fits ? inColumns(head, body, [...widths.slice(0, -1), last]) : inLines(head, body, width)
}

function rowsOf(tokens: Token[]): Token[][] {
  const rows: Token[][] = []
  for (const token of tokens) {
    if (token.type === 'tr_open') rows.push([])
    if (token.type === 'inline') rows.at(-1)?.push(token)
  }
  return rows
}

function inColumns(head: string[], body: string[][], widths: number[]): string[] {
  const last = widths.length - 1
  const row = (cells: string[]) =>
    wrapped(cells[last] || ' ', widths[last] ?? 0).map((end, line) =>
      widths
        .map((width, column) =>
          (column === last ? end : line === 0 ? (cells[column] ?? '') : '').padEnd(width),
        )
        .join(GAP)
        .trimEnd(),
    )
  return [...row(head), widths.map(width => '-'.repeat(width)).join(GAP), ...body.flatMap(row)]
}

function inLines(head: string[], body: string[][], width: number): string[] {
  return body.flatMap((row, index) => {
    const lines = row.flatMap((cell, column) => {
      if (!cell) return []
      const [first = '', ...rest] = wrapped(head[column] ? `${head[column]}: ${cell}` : cell, width - 2)
      return [`${column === 0 ? '' : '  '}${first}`, ...rest.map(line => `  ${line}`)]
    })
    return index === 0 ? lines : ['', ...lines]
  })
}
