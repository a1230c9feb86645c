import { EditorState, type Extension, type Text } from '@codemirror/state'
import { EditorView } from '@codemirror/view'

/**
 * Only a line feed ends a line; a carriage return stays a character of its line. So every text that goes into the
 * editor comes out of it as it was, whatever ends its lines.
 */
export const exactText: Extension = [
  EditorState.lineSeparator.of('\n'),
  EditorView.clipboardInputFilter.of(text => text.replace(/\r\n?/g, '\n')),
]

/** The document as it is stored, byte for byte. */
export function textOf(state: { doc: Text }): string {
  return state.doc.toString()
}

/** A text as a textarea would hold it; two texts that differ in their line ends only are the same there. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** A textarea turns every line end into a line feed; a text with others comes along as JSON. */
export function exactTextOf(textarea: HTMLTextAreaElement): string {
  return textarea.dataset.exact === undefined ? textarea.defaultValue : JSON.parse(textarea.dataset.exact)
}

/** Replaces what differs, so that undo brings it back and the cursor stays where it can. */
export function replaceText(view: EditorView, text: string): void {
  const old = textOf(view.state)
  let start = 0
  while (start < old.length && start < text.length && old[start] === text[start]) start++
  let end = 0
  const most = Math.min(old.length, text.length) - start
  while (end < most && old.at(-end - 1) === text.at(-end - 1)) end++
  if (old !== text)
    view.dispatch({
      changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
    })
}
