import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { insertNewlineContinueMarkup, pasteURLAsLink } from '@codemirror/lang-markdown'
import { indentUnit } from '@codemirror/language'
import { search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, Prec, type StateCommand } from '@codemirror/state'
import { EditorView, highlightSpecialChars, type KeyBinding, keymap, placeholder } from '@codemirror/view'
import { formatting } from './formatting.js'
import { endList, lineBreak, newParagraph } from './paragraphs.js'
import { phrases } from './phrases.js'
import { articleLanguage } from './syntax.js'
import { drawnTables } from './table-view.js'
import { inList, moveCell } from './tables.js'
import { exactText } from './text.js'
import type { Surroundings } from './widgets.js'

// Tab leaves the editor everywhere but in tables and lists, and there after Escape (CodeMirror's own rule).
const tab: KeyBinding[] = [
  { key: 'Tab', run: target => moveCell(1)(target) || (inList(target.state) && indentMore(target)) },
  { key: 'Shift-Tab', run: target => moveCell(-1)(target) || (inList(target.state) && indentLess(target)) },
]

const enter: KeyBinding[] = [
  { key: 'Enter', run: endList },
  { key: 'Enter', run: newParagraph },
  { key: 'Enter', run: insertNewlineContinueMarkup as StateCommand },
  { key: 'Shift-Enter', run: lineBreak },
]

/** Everything that knows no page: the language, its formatting, keys, undo and search. */
export function writing(surroundings: Surroundings): Extension {
  return [
    exactText,
    articleLanguage,
    history({ minDepth: 500 }),
    EditorView.lineWrapping,
    EditorView.perLineTextDirection.of(true),
    highlightSpecialChars({ render: special }),
    formatting(surroundings),
    drawnTables(),
    // Three blanks bring an item below a bullet as well as below a number.
    indentUnit.of('   '),
    placeholder('Write here.'),
    search({ top: true }),
    phrases,
    pasteURLAsLink,
    Prec.high(keymap.of([...enter, ...tab])),
    keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap.filter(({ key }) => key !== 'Mod-i')]),
  ]
}

/** A carriage return is kept but not shown; other characters that cannot be seen get a dot. */
function special(code: number, description: string | null): HTMLElement {
  const mark = document.createElement('span')
  if (code === 13) return mark
  mark.className = 'cm-special'
  mark.title = description ?? ''
  mark.textContent = '•'
  return mark
}

/** A state of the editor that holds a text. */
export function stateOf(text: string, extension: Extension): EditorState {
  return EditorState.create({ doc: text, extensions: extension })
}
