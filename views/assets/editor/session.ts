import { element } from './element.js'
import type { NoticeBoard } from './notices.js'

/**
 * Looks whether somebody is signed in again, perhaps in another tab, and takes up the form token of the new session.
 * @returns 'same' when the writer of this page is, 'other' when somebody else is
 */
export async function renewSession(form: HTMLFormElement): Promise<'same' | 'other' | 'none'> {
  const answer = await fetch(form.action, { redirect: 'manual', headers: { accept: 'text/html' } }).catch(
    () => undefined,
  )
  if (!answer?.ok) return 'none'
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const found = page.querySelector<HTMLFormElement>('form#manuscript')?.dataset
  if (!found?.csrf) return 'none'
  if (found.account !== form.dataset.account) return 'other'
  form.dataset.csrf = found.csrf
  for (const field of document.querySelectorAll<HTMLInputElement>('input[name="csrf"]'))
    field.value = found.csrf
  return 'same'
}

/** Asks the writer to sign in again, in another tab: this one holds the text. */
export function askToSignIn(board: NoticeBoard): void {
  const link = element(
    'a',
    { href: '/admin/sign-in', target: '_blank', rel: 'noopener' },
    'Sign in in a new tab',
  )
  board.put(
    'session',
    'Your session has ended. Your text is kept in this browser; sign in again and come back here to save it.',
    link,
  )
}
