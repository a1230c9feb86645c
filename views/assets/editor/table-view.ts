import { syntaxTree } from '@codemirror/language'
import { type EditorState, type Extension, type Range, StateField } from '@codemirror/state'
import {
  type Command,
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  WidgetType,
} from '@codemirror/view'
import { element } from './element.js'
import type { SyntaxNode } from './syntax.js'
import { cellsOf } from './tables.js'

/** Tables without the cursor are drawn as tables; where the cursor is, the text that makes them shows. */
export function drawnTables(): Extension {
  return [
    drawn,
    keymap.of([
      { key: 'ArrowDown', run: enter(1) },
      { key: 'ArrowUp', run: enter(-1) },
    ]),
  ]
}

const drawn = StateField.define<DecorationSet>({
  create: draw,
  update(tables, { docChanged, selection, startState, state }) {
    const parsed = syntaxTree(startState) !== syntaxTree(state)
    return docChanged || selection || parsed ? draw(state) : tables
  },
  provide: field => EditorView.decorations.from(field),
})

function draw(state: EditorState): DecorationSet {
  const found: Range<Decoration>[] = []
  const touched = (from: number, to: number) =>
    state.selection.ranges.some(range => range.from <= to && range.to >= from)
  for (let node = syntaxTree(state).topNode.firstChild; node; node = node.nextSibling) {
    if (node.name !== 'Table') continue
    const { from } = state.doc.lineAt(node.from)
    const { to } = state.doc.lineAt(node.to)
    if (touched(from, to)) continue
    found.push(
      Decoration.replace({ widget: new TableView(state, node, from, to), block: true }).range(from, to),
    )
  }
  return Decoration.set(found)
}

/** The arrow keys would pass a drawn table by: they go into it. */
function enter(direction: 1 | -1): Command {
  return view => {
    const { state } = view
    const { main } = state.selection
    if (!main.empty) return false
    const line = state.doc.lineAt(main.head)
    const edge = direction > 0 ? line.to + 1 : line.from - 1
    let goal: number | null = null
    state.field(drawn).between(Math.max(0, edge), Math.max(0, edge), (from, to) => {
      if (from === edge || to === edge) goal = direction > 0 ? from : state.doc.lineAt(to).from
    })
    if (goal === null || !leavesRow(view, line, direction > 0)) return false
    view.dispatch({ selection: { anchor: goal }, scrollIntoView: true })
    return true
  }
}

function leavesRow(view: EditorView, line: { from: number; to: number }, down: boolean): boolean {
  const { main } = view.state.selection
  const next = view.moveVertically(main, down).head
  if (next < line.from || next > line.to) return true
  const [here, there] = [main.head, next].map(position => view.coordsAtPos(position)?.top ?? 0)
  return here === there
}

interface DrawnCell {
  /** from the beginning of the table */
  offset: number
  content: Node[]
}

class TableView extends WidgetType {
  private readonly source: string
  private readonly rows: DrawnCell[][]

  constructor(state: EditorState, node: SyntaxNode, from: number, to: number) {
    super()
    this.source = state.sliceDoc(from, to)
    this.rows = []
    for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
      this.rows.push(
        cellsOf(line).map(cell => ({
          offset: cell.from - from,
          content: typeof document === 'undefined' ? [] : inline(state, node, cell.from, cell.to),
        })),
      )
      if (line.to >= to) break
    }
  }

  override eq(other: TableView): boolean {
    return other.source === this.source
  }

  override get estimatedHeight(): number {
    return this.rows.length * 36
  }

  override toDOM(view: EditorView): HTMLElement {
    const [headings = [], , ...rows] = this.rows
    const row = (name: 'th' | 'td', cells: DrawnCell[]) =>
      element(
        'tr',
        {},
        ...cells.map(({ offset, content }) =>
          element(name, { 'data-offset': offset, dir: 'auto' }, ...content.map(node => node.cloneNode(true))),
        ),
      )
    const table = element(
      'table',
      {},
      element('thead', {}, row('th', headings)),
      element('tbody', {}, ...rows.map(cells => row('td', cells))),
    )
    const box = element('div', { class: 'cm-drawn-table', contenteditable: 'false' }, table)
    box.addEventListener('mousedown', event => {
      event.preventDefault()
      const cell = (event.target as Element).closest<HTMLElement>('[data-offset]')
      view.dispatch({ selection: { anchor: view.posAtDOM(box) + Number(cell?.dataset.offset ?? 0) } })
      view.focus()
    })
    return box
  }

  override ignoreEvent(): boolean {
    return true
  }
}

const wrapped = { StrongEmphasis: 'strong', Emphasis: 'em', InlineCode: 'code', Strikethrough: 's' } as const
const unseen = new Set(['EmphasisMark', 'StrikethroughMark', 'CodeMark', 'LinkMark', 'URL', 'LinkTitle'])

/** The words of a cell, emphasised as they will be; its marks are left out. */
function inline(state: EditorState, table: SyntaxNode, from: number, to: number): Node[] {
  let cell: SyntaxNode | null = table.resolve(from, 1)
  while (cell && cell.name !== 'TableCell') cell = cell.parent
  return to > from ? pieces(state, cell ?? table, from, to) : []
}

function pieces(state: EditorState, parent: SyntaxNode, from: number, to: number): Node[] {
  const made: Node[] = []
  let position = from
  const text = (until: number) => {
    if (until > position) made.push(document.createTextNode(state.sliceDoc(position, until)))
  }
  for (let node = parent.childAfter(from); node && node.from < to; node = node.nextSibling) {
    if (node.from < position || node.to > to) continue
    text(node.from)
    const tag = wrapped[node.name as keyof typeof wrapped]
    if (tag) made.push(element(tag, {}, ...pieces(state, node, node.from, node.to)))
    else if (node.name === 'Link')
      made.push(element('span', { class: 'cm-link' }, ...pieces(state, node, node.from, node.to)))
    else if (!unseen.has(node.name)) made.push(document.createTextNode(state.sliceDoc(node.from, node.to)))
    position = node.to
  }
  text(to)
  return made
}
