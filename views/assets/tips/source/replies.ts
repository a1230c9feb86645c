import { shownText } from '../inbox/words.js'
import { openSealed, textOf } from '../open.js'
import { sessionOn } from './pages.js'

/** Fetches the replies on a page and opens them here. Those that do not open say so. */
export async function openReplies(main: HTMLElement, identity: string): Promise<void> {
  const session = sessionOn(main)
  for (const reply of main.querySelectorAll<HTMLElement>('[data-sealed]')) {
    const text = await opened(reply.dataset.sealed ?? '', session, identity).catch(() => undefined)
    show(reply, text === undefined ? 'problem' : 'text', text)
  }
}

/** Takes opened replies off a page again. */
export function sealReplies(main: HTMLElement): void {
  for (const reply of main.querySelectorAll<HTMLElement>('[data-sealed]')) show(reply, 'sealed')
}

async function opened(address: string, session: string, identity: string): Promise<string | undefined> {
  const answer = await fetch(address, { method: 'POST', body: new URLSearchParams({ session }) })
  if (!answer.ok) return undefined
  return textOf(await openSealed(await answer.blob(), identity), 'message.txt')
}

function show(reply: HTMLElement, state: 'sealed' | 'text' | 'problem', text = ''): void {
  for (const line of reply.querySelectorAll<HTMLElement>('[data-reply]')) {
    line.hidden = line.dataset.reply !== state
    if (line.dataset.reply === 'text') line.textContent = shownText(text)
  }
}
