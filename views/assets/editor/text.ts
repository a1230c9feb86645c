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
