import type { EditorState, TransactionSpec } from '@codemirror/state'
import { nodeAround } from './commands.js'

const edit = { scrollIntoView: true, userEvent: 'input.format' }

/** Sets a link around the selection, or changes the one at the cursor. */
export function setLink(
  state: EditorState,
  { text, address }: { text: string; address: string },
): TransactionSpec {
  const { from, to } = nodeAround(state, 'Link') ?? state.selection.main
  const target = /[\s()<>]/.test(address) ? `<${address.replace(/[<>]/g, encodeURIComponent)}>` : address
  const label = text.replace(/(?<!\\)[[\]]/g, '\\$&')
  return { changes: { from, to, insert: `[${label}](${target})` }, ...edit }
}

/** The link at the cursor, or the selected text for a new one. */
export function linkAt(state: EditorState): { text: string; address: string; exists: boolean } {
  const link = nodeAround(state, 'Link')
  const url = link?.getChild('URL')
  if (!link || !url) {
    const { from, to } = state.selection.main
    return { text: state.sliceDoc(from, to).replace(/\s+/g, ' '), address: '', exists: false }
  }
  const [, close] = link.getChildren('LinkMark')
  const address = state.sliceDoc(url.from, url.to).replace(/^<|>$/g, '')
  return { text: state.sliceDoc(link.from + 1, close?.from ?? link.to), address, exists: true }
}

/** Takes the link at the cursor away and leaves its words. */
export function removeLink(state: EditorState): TransactionSpec {
  const link = nodeAround(state, 'Link')
  if (!link) return {}
  return { changes: { from: link.from, to: link.to, insert: linkAt(state).text }, ...edit }
}
