import type { Token } from 'markdown-it'
import { wrapped } from './wrap.js'

const GAP = '  '

/** A table as columns where they fit; else each row as lines of `heading: value`. */
export function plainTable(tokens: Token[], width: number, words: (cell: Token) => string): string[] {
  const rows = rowsOf(tokens).map(row => row.map(cell => words(cell).replace(/\s+/g, ' ').trim()))
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const total = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length)
  return total <= width ? inColumns(head, body, widths) : inLines(head, body, width)
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
  const line = (cells: string[]) =>
    widths
      .map((width, column) => (cells[column] ?? '').padEnd(width))
      .join(GAP)
      .trimEnd()
  return [line(head), widths.map(width => '-'.repeat(width)).join(GAP), ...body.map(line)]
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
