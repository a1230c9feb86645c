// Turns the form of an issue into a desk: its words formatted as they are written, its articles put in order by dragging.

import { dragInPlace } from './desk/sorting.js'
import { idsOf, openTextField } from './editor/text-field.js'
import { toolbar } from './editor/toolbar.js'

const form = document.querySelector<HTMLFormElement>('form#issue')
if (form) {
  for (const name of ['intro', 'outro']) openWords(form, name)
  for (const list of form.querySelectorAll<HTMLElement>('[data-drag]')) dragInPlace(list)
  warnBeforeLeaving(form)
}

function openWords(form: HTMLFormElement, name: string): void {
  const textarea = form.querySelector<HTMLTextAreaElement>(`textarea#${name}`)
  if (!textarea) return
  const tools = toolbar({ save: () => form.requestSubmit() }, idsOf(name).text)
  openTextField({ form, textarea, tools })
}

/** Nothing is saved until a button is pressed. */
function warnBeforeLeaving(form: HTMLFormElement): void {
  const now = () => new URLSearchParams(new FormData(form) as unknown as Record<string, string>).toString()
  const before = now()
  let sending = false
  form.addEventListener('submit', () => {
    sending = true
  })
  addEventListener('beforeunload', event => {
    if (!sending && now() !== before) event.preventDefault()
  })
}
