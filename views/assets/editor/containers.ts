import type { EditorState, TransactionSpec } from '@codemirror/state'
import { changeAttributes, oneLine, readAttributes } from './attributes.js'
import { containerEnd, insertBlock, nodeAround } from './commands.js'
import type { SyntaxNode } from './syntax.js'
import { withLineFeeds } from './text.js'

/** The blocks that are filled in by a form. */
export type Kind = 'report' | 'note' | 'pullquote'

/** A block of the text, as its form shows it. */
export interface Container {
  kind: Kind
  attributes: Record<string, string>
  text: string
}

/** A block and where it lies: its opening line, what is between, and its closing line. */
export interface PlacedContainer extends Container {
  from: number
  to: number
  opening: { from: number; to: number }
  body: { from: number; to: number }
  closed: boolean
}

const openingLine = /^(:{3,})\s*(report|note|pullquote)/

/** The block around the cursor; null outside of one. */
export function containerAt(state: EditorState): PlacedContainer | null {
  const node = nodeAround(state, 'Container') ?? before(state)
  return node && placeContainer(state, node)
}

// The closing colons stand behind the block's node, not in it.
function before(state: EditorState): SyntaxNode | null {
  const mark = nodeAround(state, 'ContainerMark')
  return mark?.prevSibling?.name === 'Container' ? mark.prevSibling : null
}

/** Reads the block that a syntax node stands for. */
export function placeContainer(state: EditorState, node: SyntaxNode): PlacedContainer | null {
  const first = state.doc.lineAt(node.from)
  const opening = { from: node.from, to: first.to }
  const kind = openingLine.exec(state.sliceDoc(opening.from, opening.to))?.[2] as Kind | undefined
  if (!kind) return null
  const to = containerEnd(state, node)
  const closed = to > node.to || /^\s*:{3,}\s*$/.test(state.doc.lineAt(to).text)
  const last = state.doc.lineAt(to)
  const bodyFrom = Math.min(first.to + 1, state.doc.length)
  const bodyTo = closed ? Math.max(bodyFrom, last.from - 1) : to
  const body = { from: bodyFrom, to: Math.max(bodyFrom, bodyTo) }
  return {
    kind,
    attributes: readAttributes(state.sliceDoc(opening.from, opening.to)),
    text: closed && last.from <= bodyFrom ? '' : state.sliceDoc(body.from, body.to),
    ...{ from: node.from, to, opening, body, closed },
  }
}

/** Writes a new block behind the paragraph of the cursor. */
export function insertContainer(state: EditorState, container: Container): TransactionSpec {
  const colons = fence(container.text)
  const opening = changeAttributes(`${colons} ${container.kind}`, container.attributes)
  const block = `${opening}\n${container.text}\n${colons}`
  // Whoever writes on does so below it: a word behind the closing colons would open the block again.
  return insertBlock(state, block, { anchor: block.length + 1 })
}

/** Changes a block; whatever its form left as it was keeps its bytes. */
export function changeContainer(
  state: EditorState,
  placed: PlacedContainer,
  { attributes, text }: Omit<Container, 'kind'>,
): TransactionSpec {
  const written = state.sliceDoc(placed.opening.from, placed.opening.to)
  let opening = changeAttributes(written, attributes)
  const changes = []
  const colons = fence(text)
  const textChanged = withLineFeeds(placed.text) !== withLineFeeds(text)
  if (textChanged && colons.length > (/^:+/.exec(written)?.[0].length ?? 3)) {
    opening = opening.replace(/^:+/, colons)
    if (placed.closed) changes.push(longerEnd(state, placed, colons))
  }
  if (opening !== written) changes.push({ ...placed.opening, insert: opening })
  if (textChanged) changes.push(bodyChange(state, placed, text))
  return { changes, userEvent: 'input.block', scrollIntoView: true }
}

function longerEnd(state: EditorState, { to }: PlacedContainer, colons: string) {
  const line = state.doc.lineAt(to)
  const start = line.from + line.text.indexOf(':')
  return { from: start, to: start + (/:+/.exec(line.text)?.[0].length ?? 0), insert: colons }
}

function bodyChange(state: EditorState, placed: PlacedContainer, text: string) {
  const { from, to } = placed.body
  const endless = from > placed.opening.to ? '' : '\n'
  const isEmpty = placed.closed && state.doc.lineAt(placed.to).from <= from
  return { from, to: isEmpty ? from : to, insert: endless + text + (isEmpty ? '\n' : '') }
}

/** Colons enough that no line of the text can end the block. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/^\s*(:{3,})/gm)].map(([, colons = '']) => colons.length))
  return ':'.repeat(longest + 1)
}

/** What a report block's form must say before it is written; messages by field. */
export function reportProblems(fields: Record<string, string>): Record<string, string> {
  const problems: Record<string, string> = {}
  if (!oneLine(fields.outlet ?? '')) problems.outlet = 'Name the outlet that reported it.'
  if (fields.url && !isWebAddress(fields.url))
    problems.url = 'Enter the full address, beginning with https:// or http://.'
  for (const name of ['published', 'updated']) {
    const date = fields[name]?.trim()
    if (date && !isInstant(date))
      problems[name] = 'Enter the date as 2020-12-21, with or without a time and zone.'
  }
  return problems
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s/]/i.test(text.trim()) && URL.canParse(text.trim())
}

// The same expression as in src/foundation/markdown/blocks.ts.
function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text))
}
