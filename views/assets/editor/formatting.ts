import { syntaxTree } from '@codemirror/language'
import { type EditorState, type Extension, type Range, StateEffect } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { containerEnd } from './commands.js'
import { placeContainer } from './containers.js'
import { readPicture } from './pictures.js'
import type { SyntaxNode, SyntaxNodeRef } from './syntax.js'
import { BlockLabel, Bullet, Figure, type Surroundings } from './widgets.js'

/** Drawn again: pictures were found, or a mouse button that held the text still was let go. */
export const redraw = StateEffect.define<null>()

/** Shows Markdown as it will look: marks are hidden but on the lines of the cursor, where they are dim. */
export function formatting(surroundings: Surroundings): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet
      // While a mouse button is down the text must not move below it.
      held = false

      constructor(view: EditorView) {
        this.decorations = decorate(view, surroundings)
      }

      update(update: ViewUpdate) {
        const told = update.transactions.some(({ effects }) => effects.some(effect => effect.is(redraw)))
        const parsed = syntaxTree(update.startState) !== syntaxTree(update.state)
        const moved = update.selectionSet || update.focusChanged
        if (update.docChanged || update.viewportChanged || told || parsed || (moved && !this.held)) {
          this.decorations = decorate(update.view, surroundings)
        }
      }
    },
    {
      decorations: plugin => plugin.decorations,
      eventHandlers: {
        mousedown(event, view) {
          if (event.button !== 0) return
          this.held = true
          const release = () => {
            this.held = false
            setTimeout(() => view.dispatch({ effects: redraw.of(null) }))
          }
          window.addEventListener('mouseup', release, { once: true })
        },
      },
    },
  )
}

/** What is collected while the syntax tree is walked. */
interface Drawing {
  state: EditorState
  surroundings: Surroundings
  found: Range<Decoration>[]
  /** whether the cursor is on a line of this range, so that its marks show */
  active(from: number, to: number): boolean
}

function decorate(view: EditorView, surroundings: Surroundings): DecorationSet {
  const { state } = view
  const drawing: Drawing = { state, surroundings, found: [], active: activity(view) }
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(state).iterate({ from, to, enter: node => draw(node, drawing) })
  }
  return Decoration.set(drawing.found, true)
}

function activity({ state, hasFocus }: EditorView): Drawing['active'] {
  if (!hasFocus) return () => false
  const spans = state.selection.ranges.map(({ from, to }) => ({
    from: state.doc.lineAt(from).from,
    to: state.doc.lineAt(to).to,
  }))
  return (from, to) => spans.some(span => span.from <= to && span.to >= from)
}

/** How a node of the tree is drawn; what is not named here is plain text. `false`: its inside is done too. */
type Draw = (node: SyntaxNodeRef, drawing: Drawing) => boolean | undefined

function draw(node: SyntaxNodeRef, drawing: Drawing): boolean | undefined {
  return drawn[node.name]?.(node, drawing)
}

const wholeLines =
  (name: string): Draw =>
  ({ from, to }, drawing) =>
    void markLines(drawing, from, to, name)

const words =
  (name: string): Draw =>
  ({ from, to }, { found }) => {
    if (to > from) found.push(Decoration.mark({ class: name }).range(from, to))
    return undefined
  }

const hideable: Draw = ({ from, to }, drawing) => void hide(drawing, from, to)

/** Marks that begin a line go with the blank behind them. */
const hideableWithBlank: Draw = ({ from, to }, drawing) => {
  const blank = /^[ \t]/.test(drawing.state.sliceDoc(to, to + 1)) ? 1 : 0
  hide(drawing, from, to + blank)
  return undefined
}

const drawn: Record<string, Draw> = {
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map(level => [`ATXHeading${level}`, wholeLines(`cm-heading cm-heading-${level}`)]),
  ),
  SetextHeading1: wholeLines('cm-heading cm-heading-1'),
  SetextHeading2: wholeLines('cm-heading cm-heading-2'),
  HeaderMark: hideableWithBlank,
  StrongEmphasis: words('cm-strong'),
  Emphasis: words('cm-emphasis'),
  Strikethrough: words('cm-struck'),
  EmphasisMark: hideable,
  StrikethroughMark: hideable,
  InlineCode: words('cm-code'),
  CodeMark: words('cm-mark'),
  FencedCode: wholeLines('cm-codeblock'),
  CodeBlock: wholeLines('cm-codeblock'),
  Blockquote: wholeLines('cm-quote'),
  QuoteMark: hideableWithBlank,
  ListMark: listMark,
  ListItem: wholeLines('cm-list'),
  HorizontalRule: wholeLines('cm-rule'),
  Table: wholeLines('cm-table'),
  TableHeader: words('cm-strong'),
  TableDelimiter: words('cm-mark'),
  FootnoteReference: footnote,
  FootnoteDefinition: wholeLines('cm-note-line'),
  FootnoteMark: words('cm-footnote-mark'),
  HardBreak: lineBreakMark,
  HTMLTag: words('cm-raw'),
  HTMLBlock: wholeLines('cm-raw-line'),
  Comment: words('cm-raw'),
  Link: link,
  Image: image,
  Container: container,
}

function markLines({ state, found }: Drawing, from: number, to: number, name: string): void {
  for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
    found.push(Decoration.line({ class: name }).range(line.from))
    if (line.to >= to || line.number === state.doc.lines) return
  }
}

function hide({ state, found, active }: Drawing, from: number, to: number): void {
  if (to <= from || to > state.doc.lineAt(from).to) return
  found.push(
    (active(from, to) ? Decoration.mark({ class: 'cm-mark' }) : Decoration.replace({})).range(from, to),
  )
}

/** The backslash that ends a line; the line end itself is not part of the mark. */
function lineBreakMark({ from }: SyntaxNodeRef, drawing: Drawing): undefined {
  if (drawing.state.sliceDoc(from, from + 1) === '\\') hide(drawing, from, from + 1)
}

/** A bullet is drawn as one; numbers stay. */
function listMark({ node, from, to }: SyntaxNodeRef, drawing: Drawing): undefined {
  const isBullet = node.parent?.parent?.name === 'BulletList'
  drawing.found.push(
    isBullet && !drawing.active(from, to)
      ? Decoration.replace({ widget: new Bullet() }).range(from, to)
      : Decoration.mark({ class: 'cm-list-mark' }).range(from, to),
  )
}

/** `[^1]` is a small raised 1. */
function footnote({ from, to }: SyntaxNodeRef, drawing: Drawing): undefined {
  if (!drawing.active(from, to)) {
    hide(drawing, from, from + 2)
    hide(drawing, to - 1, to)
  }
  if (to - from > 3) drawing.found.push(Decoration.mark({ class: 'cm-footnote' }).range(from, to))
}

function link({ node }: SyntaxNodeRef, drawing: Drawing): undefined {
  const [, close] = node.getChildren('LinkMark')
  if (!close || !(node.getChild('URL') ?? node.getChild('LinkLabel'))) return
  const { from, to } = node
  if (close.from > from + 1) {
    drawing.found.push(Decoration.mark({ class: 'cm-link' }).range(from + 1, close.from))
  }
  hide(drawing, from, from + 1)
  hide(drawing, close.from, to)
}

function image({ node, from, to }: SyntaxNodeRef, drawing: Drawing): false {
  const { state, found, surroundings } = drawing
  const markup = readPicture(state.sliceDoc(from, to))
  const name = markup?.name ?? addressOf(state, node)
  hide(drawing, from, to)
  found.push(
    Decoration.widget({
      widget: new Figure(markup ?? { name, alt: '', caption: '', credit: '' }, surroundings),
      side: 1,
    }).range(to),
  )
  return false
}

function addressOf(state: EditorState, node: SyntaxNode): string {
  const url = node.getChild('URL')
  return url ? state.sliceDoc(url.from, url.to) : ''
}

function container({ node }: SyntaxNodeRef, drawing: Drawing): undefined {
  const { state, found, surroundings, active } = drawing
  const placed = placeContainer(state, node)
  if (!placed) return
  const { from, to, opening, kind, attributes, closed } = placed
  markLines(drawing, from, to, `cm-block cm-${kind}`)
  found.push(Decoration.line({ class: 'cm-block-first' }).range(state.doc.lineAt(from).from))
  const last = state.doc.lineAt(containerEnd(state, node))
  found.push(Decoration.line({ class: 'cm-block-last' }).range(last.from))
  const label = new BlockLabel(kind, attributes, surroundings)
  if (active(opening.from, opening.to)) {
    found.push(Decoration.mark({ class: 'cm-mark' }).range(opening.from, opening.to))
    found.push(Decoration.widget({ widget: label, side: 1 }).range(opening.to))
  } else if (opening.to > opening.from) {
    found.push(Decoration.replace({ widget: label }).range(opening.from, opening.to))
  }
  if (closed && last.to > last.from) hide(drawing, last.from, last.to)
}
