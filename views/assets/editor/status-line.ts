import { element } from './element.js'
import type { SaveState } from './saving.js'
import { isRoutine, sentence } from './status.js'

/** The state stands in the page's own line and, for full-screen writing, at the end of the toolbar. */
export function statusLine(form: HTMLFormElement) {
  const line = form.querySelector<HTMLElement>('#save-state') ?? document.getElementById('save-state')
  const mirror = element('span', { class: 'toolbar-state', role: 'status', 'aria-hidden': 'true' })
  let last: SaveState['kind'] = 'saved'
  return {
    mirror,
    // Below full-screen writing the page's own line is not there for a screen reader.
    speakFromToolbar: (on: boolean) => {
      if (on) mirror.removeAttribute('aria-hidden')
      else mirror.setAttribute('aria-hidden', 'true')
    },
    needsSession: () => last === 'signed-out' || last === 'other-account',
    show: (state: SaveState) => {
      last = state.kind
      const text = sentence(state)
      mirror.textContent = text
      if (!line) return
      for (const place of [line, mirror]) place.setAttribute('aria-live', isRoutine(state) ? 'off' : 'polite')
      line.dataset.kind = state.kind
      line.textContent = text
    },
  }
}
