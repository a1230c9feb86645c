import { seal } from '../seal.js'
import { csrfToken } from './form-token.js'
import { ownKeys } from './own-keys.js'
import type { Travel } from './travel.js'

const refusals: Record<number, string> = {
  403: 'You are not signed in any more. Sign in in another tab, then try again here.',
  404: 'The tip is gone: its source has erased it, or it was shredded.',
  409: 'Somebody got a key while you wrote. Try again: it is sealed to them as well then.',
  413: 'It is too long. Shorten it.',
}

/** Lets replies and notes be written: sealed here, sent as ciphertext. */
export function openWriting(page: HTMLElement, { show }: Travel): void {
  for (const form of page.querySelectorAll<HTMLFormElement>('form[data-write]')) {
    form.hidden = false
    form.addEventListener('submit', async event => {
      event.preventDefault()
      const told = form.querySelector<HTMLElement>('.error')
      const button = form.querySelector('button')
      if (told) told.hidden = true
      if (button) button.disabled = true
      const problem = await send(page, form, show).catch(
        () => 'The server did not answer. Your text still stands here.',
      )
      if (button) button.disabled = false
      if (!problem || !told) return
      told.textContent = problem
      told.hidden = false
    })
  }
}

/** @returns what went wrong */
async function send(
  page: HTMLElement,
  form: HTMLFormElement,
  show: Travel['show'],
): Promise<string | undefined> {
  const field = form.querySelector('textarea')
  const text = field?.value.trim()
  if (!field || !text) return 'Write something first.'
  const { recipients } = await ownKeys()
  const { sourceKey = '' } = page.dataset
  const readers = form.dataset.kind === 'reply' ? [...recipients, sourceKey] : recipients
  const answer = await fetch(form.dataset.write ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-csrf-token': csrfToken() },
    body: await seal([{ name: 'message.txt', content: text }], readers),
  })
  if (!answer.ok)
    return (
      refusals[answer.status] ??
      'The server did not take it. Your text still stands here; try again in a minute.'
    )
  field.value = ''
  await show(answer)
}
