import type { StateCommand } from '@codemirror/state'
import { nodeAround } from './commands.js'

// Where a line end means something else than the end of a paragraph.
const byLine = [
  ...['FencedCode', 'CodeBlock', 'Table', 'HTMLBlock', 'CommentBlock'],
  ...['ListItem', 'Blockquote', 'FootnoteDefinition', 'LinkReference', 'ContainerMark'],
]
const beginsByLine = /^\s*(\||:{3}|`{3}|~{3}|<|\[\^)/

const edit = { scrollIntoView: true, userEvent: 'input' }

/**
 * Enter begins a paragraph, as in every word processor; in Markdown that is a blank line, and one alone would join
 * the two lines again on the reader's page. Whoever is used to pressing it twice gets one blank line too.
 */
export const newParagraph: StateCommand = ({ state, dispatch }) => {
  if (state.selection.ranges.length > 1 || nodeAround(state, ...byLine)) return false
  const { from, to, empty } = state.selection.main
  const line = state.doc.lineAt(from)
  if (beginsByLine.test(line.text)) return false
  if (!line.text.trim()) return empty && line.number > 1 && !state.doc.line(line.number - 1).text.trim()
  const blanks = /[ \t]*$/.exec(line.text.slice(0, from - line.from))?.[0].length ?? 0
  const start = from - blanks
  dispatch(
    state.update({
      changes: { from: start, to, insert: '\n\n' },
      selection: { anchor: start + 2 },
      ...edit,
    }),
  )
  return true
}

/** Enter in an item or a quotation that holds nothing ends the list; a blank line keeps the next paragraph out of it. */
export const endList: StateCommand = ({ state, dispatch }) => {
  const { head, empty } = state.selection.main
  const line = state.doc.lineAt(head)
  if (!empty || !/^([-*+]|\d{1,9}[.)]|>)[ \t]*\r?$/.test(line.text)) return false
  if (!nodeAround(state, 'ListItem', 'Blockquote')) return false
  const to = line.from + line.text.trimEnd().length
  dispatch(
    state.update({
      changes: { from: line.from, to: Math.max(to, head), insert: '\n' },
      selection: { anchor: line.from + 1 },
      ...edit,
    }),
  )
  return true
}

/** A line break within a paragraph, as in a poem or an address. */
export const lineBreak: StateCommand = ({ state, dispatch }) => {
  if (nodeAround(state, 'FencedCode', 'CodeBlock', 'Table', 'HTMLBlock')) return false
  dispatch(state.update(state.replaceSelection('\\\n'), edit))
  return true
}
