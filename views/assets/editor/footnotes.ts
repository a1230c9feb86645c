import type { EditorState, StateCommand } from '@codemirror/state'
import { nodeAround } from './commands.js'

const edit = { scrollIntoView: true, userEvent: 'input.format' }

/** Writes `[^n]` with the next free number, and its note at the end; from inside a note, goes back to its mark. */
export const footnote: StateCommand = ({ state, dispatch }) => {
  const back = wayBack(state)
  if (back !== null) {
    dispatch(state.update({ selection: { anchor: back }, scrollIntoView: true }))
    return true
  }
  const text = state.doc.toString()
  const taken = new Set([...text.matchAll(/\[\^(\d+)\]/g)].map(([, number]) => Number(number)))
  let number = 1
  while (taken.has(number)) number++
  const mark = `[^${number}]`
  const { to } = state.selection.main
  const note = `${gapAtEnd(text)}${mark}: `
  const end = state.doc.length + mark.length + note.length
  dispatch(
    state.update({
      changes: [
        { from: to, insert: mark },
        { from: state.doc.length, insert: note },
      ],
      selection: { anchor: end },
      ...edit,
    }),
  )
  return true
}

function wayBack(state: EditorState): number | null {
  const note = nodeAround(state, 'FootnoteDefinition')
  const mark = note?.getChild('FootnoteMark')
  if (!mark) return null
  const label = state.sliceDoc(mark.from, mark.to - 1)
  const found = state.doc.toString().indexOf(label)
  return found >= 0 && found !== mark.from ? found + label.length : null
}

function gapAtEnd(text: string): string {
  const last = text.trimEnd().split('\n').at(-1) ?? ''
  const breaks = /(\n\s*)?$/.exec(text)?.[0].split('\n').length ?? 1
  const wanted = /^\[\^[^\]]+\]:/.test(last) ? 1 : 2
  return '\n'.repeat(Math.max(0, wanted - (breaks - 1)))
}
