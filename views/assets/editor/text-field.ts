import { EditorView } from '@codemirror/view'
import { containerAt } from './containers.js'
import { counter } from './counting.js'
import { element } from './element.js'
import type { Library } from './library.js'
import { droppedPictures, editPicture } from './picture-tools.js'
import { askForBlock } from './questions.js'
import { exactTextOf, textOf } from './text.js'
import type { Toolbar } from './toolbar.js'
import { stateOf, writing } from './writing.js'

const help =
  'Markdown, shown as readers will see it. Enter begins a paragraph, Shift+Enter a line. Tab moves on to the next ' +
  'field; in tables and lists it moves between cells and levels, and Escape followed by Tab leaves them. ' +
  'Alt+F10 goes to the toolbar.'

/** From here on a browser takes too long to lay a textarea out anew at each key; then it is filled on sending. */
const longText = 100_000

interface TextFieldOptions {
  form: HTMLFormElement
  textarea: HTMLTextAreaElement
  /** whose pictures are shown and taken; a field without it is for words */
  library?: Library
  tools: Toolbar
  changed?(): void
}

/** The ids of a field's parts; the text of an article has the plain ones. */
export function idsOf(name: string): { frame: string; text: string; help: string } {
  const prefix = name === 'body' ? 'editor' : `editor-${name}`
  return { frame: prefix, text: `${prefix}-text`, help: `${prefix}-help` }
}

/** Puts the editor in the textarea's place and keeps the textarea filled, for forms that are sent without us. */
export function openTextField({ form, textarea, library, tools, changed }: TextFieldOptions): EditorView {
  const name = textarea.id
  const counts = counter(name, textarea.value)
  const label = form.querySelector<HTMLLabelElement>(`label[for="${name}"]`)
  if (label) label.id ||= `${name}-label`
  const follow = EditorView.updateListener.of(update => {
    if (!update.docChanged) return
    const text = textOf(update.state)
    if (text.length < longText) textarea.value = text
    changed?.()
    counts.show(text)
  })
  const view = new EditorView({
    state: stateOf(exactTextOf(textarea), [
      writing({
        picture: library?.find ?? (() => null),
        editBlock,
        editPicture: (view, position) => void (library && editPicture(view, library, position)),
      }),
      tools.extension,
      library ? droppedPictures(library) : [],
      EditorView.cspNonce.of(form.dataset.nonce ?? ''),
      EditorView.contentAttributes.of(describedBy(name, label)),
      follow,
    ]),
  })
  tools.attach(view)
  label?.addEventListener('click', () => view.focus())
  form.addEventListener('formdata', event => event.formData.set(name, textOf(view.state)))
  replaceField(textarea, tools.bar, view.dom, counts.line)
  return view
}

function editBlock(view: EditorView, position: number): void {
  view.dispatch({ selection: { anchor: position } })
  const found = containerAt(view.state)
  if (found) void askForBlock(view, found.kind)
}

function describedBy(name: string, label: HTMLElement | null): Record<string, string> {
  const { text, help } = idsOf(name)
  return {
    ...{ id: text, 'aria-labelledby': label?.id ?? '', 'aria-describedby': help },
    ...{ spellcheck: 'true', autocorrect: 'on', autocapitalize: 'sentences' },
  }
}

function replaceField(textarea: HTMLTextAreaElement, ...[bar, text, count]: HTMLElement[]): void {
  const ids = idsOf(textarea.id)
  const about = element('p', { class: 'help', id: ids.help }, help)
  const foot = element('div', { class: 'editor-foot' }, about, count ?? '')
  textarea.after(element('div', { class: 'editor', id: ids.frame }, bar ?? '', text ?? '', foot))
  textarea.hidden = true
  // It explains the plain field.
  const plainHelp = document.getElementById(`${textarea.id}-help`)
  if (plainHelp) plainHelp.hidden = true
}
