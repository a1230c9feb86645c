import type { Saver } from './saving.js'

/** Save saves in place; other forms of the page wait until everything is saved; leaving asks only when something is not. */
export function saveBeforeLeaving(form: HTMLFormElement, saver: Saver): void {
  let leaving = false
  // Before anybody else hears of it: a question that the button asks is asked once, when the form really goes.
  document.addEventListener(
    'submit',
    async event => {
      const sent = event.target as HTMLFormElement
      const submitter = event.submitter as HTMLButtonElement | null
      if (leaving || sent.closest('dialog') || sent.method !== 'post') return
      const savesHere =
        sent === form && !submitter?.hasAttribute('formaction') && submitter?.value !== 'close'
      if (!savesHere && !saver.unsaved()) return
      event.preventDefault()
      event.stopPropagation()
      const saved = await saver.save()
      // Nobody is kept at the desk by a text that cannot be saved; this browser has it.
      if (savesHere || (!saved && sent.closest('main'))) return
      leaving = true
      sent.requestSubmit(submitter)
      leaving = false
    },
    { capture: true },
  )
  window.addEventListener('pagehide', () => saver.keepCopy())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') saver.keepCopy()
  })
  window.addEventListener('beforeunload', event => {
    if (!saver.unsaved()) return
    saver.keepCopy()
    event.preventDefault()
  })
}
