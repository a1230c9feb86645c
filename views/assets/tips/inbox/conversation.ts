import { showFile } from './files.js'
import { csrfToken } from './form-token.js'
import { openText, Unopened } from './parts.js'
import { element, shownText } from './words.js'

/** Opens a tip: its messages, replies and notes as text, its files by name, one after the other in their order. */
export async function showConversation(page: HTMLElement, signal: AbortSignal): Promise<void> {
  for (const part of page.querySelectorAll<HTMLElement>('.tip-part[data-size]')) {
    if (signal.aborted) return
    try {
      if (part.dataset.number === '0') await showTexts(part, signal)
      else await showFile(part, signal)
      if (page.dataset.state === 'new') await noteOpened(page)
    } catch (error) {
      if (!signal.aborted) part.append(problem(error))
    }
  }
}

async function showTexts(part: HTMLElement, signal: AbortSignal): Promise<void> {
  const { message, contact } = await openText(part.dataset.part ?? '', signal)
  const shown: HTMLElement[] = [text(message)]
  if (contact)
    shown.push(element('p', { text: 'How to reach the source:', className: 'help' }), text(contact))
  part.replaceChildren(...shown)
}

function text(content: string): HTMLElement {
  return element('div', { text: shownText(content), className: 'tip-text', dir: 'auto' })
}

function problem(error: unknown): HTMLElement {
  const sentence = error instanceof Unopened ? error.message : 'It could not be opened.'
  return element('p', { text: sentence, className: 'error' })
}

// A tip counts as read once somebody's browser has opened it, not when its page was looked at.
async function noteOpened(page: HTMLElement): Promise<void> {
  page.dataset.state = 'read'
  const body = new URLSearchParams({ csrf: csrfToken() })
  const answer = await fetch(`${page.dataset.case}/opening`, {
    method: 'POST',
    body,
    redirect: 'manual',
  }).catch(() => undefined)
  const choice = page.querySelector<HTMLSelectElement>('select[name="state"]')
  if (answer && choice?.value === 'new') choice.value = 'read'
}
