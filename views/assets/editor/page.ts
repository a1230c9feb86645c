import { EditorView } from '@codemirror/view'
import { containerAt } from './containers.js'
import { element } from './element.js'
import { redraw } from './formatting.js'
import { askForBlock } from './questions.js'
import { textOf } from './text.js'
import { toolbar } from './toolbar.js'
import type { Surroundings } from './widgets.js'
import { stateOf, writing } from './writing.js'

const help =
  'Markdown, shown as readers will see it. Tab moves on to the next field; in tables and lists it moves ' +
  'between cells and levels, and Escape followed by Tab leaves them. The toolbar’s shortcuts stand in its tooltips.'

/** Puts the editor in the place of the form's textarea, which keeps the text for forms that are sent without us. */
export function openEditor(form: HTMLFormElement): void {
  const textarea = form.querySelector<HTMLTextAreaElement>('textarea#body')
  if (!textarea) return
  const surroundings: Surroundings = {
    picture: () => null,
    editBlock: (view, position) => {
      view.dispatch({ selection: { anchor: position } })
      const found = containerAt(view.state)
      if (found) void askForBlock(view, found.kind)
    },
    editPicture: () => undefined,
  }
  const tools = toolbar({
    choosePicture: () => undefined,
    toggleFullScreen: () => document.body.classList.toggle('full-screen'),
    togglePreview: () => document.body.classList.toggle('with-preview'),
    save: () => form.requestSubmit(),
  })
  const label = form.querySelector<HTMLLabelElement>('label[for="body"]')
  if (label) label.id ||= 'body-label'
  const view = new EditorView({
    state: stateOf(textarea.defaultValue, [
      writing(surroundings),
      tools.extension,
      EditorView.cspNonce.of(form.dataset.nonce ?? ''),
      EditorView.contentAttributes.of({
        'aria-labelledby': label?.id ?? '',
        'aria-describedby': 'editor-help',
        spellcheck: 'true',
        autocorrect: 'on',
        autocapitalize: 'sentences',
      }),
      EditorView.updateListener.of(update => {
        if (update.docChanged) textarea.value = textOf(update.state)
      }),
    ]),
  })
  tools.attach(view)
  const box = element('div', { class: 'editor', id: 'editor' }, tools.bar, view.dom)
  box.append(element('p', { class: 'help', id: 'editor-help' }, help))
  textarea.hidden = true
  textarea.after(box)
  label?.addEventListener('click', () => view.focus())
  view.dispatch({ effects: redraw.of(null) })
}
