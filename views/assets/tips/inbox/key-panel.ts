import { Locked, unlock } from '../keys.js'
import { holdUnlocked, unlockedIdentity } from '../unlocked.js'
import { ownKeys } from './own-keys.js'

const MOST_BYTES = 65_536

/** Asks for the key, or says that it is unlocked. @param unlocked is told once it is */
export function showKeyPanel(unlocked: () => void): void {
  const panel = document.querySelector<HTMLElement>('#tip-key')
  const form = panel?.querySelector<HTMLFormElement>('[data-unlock]')
  if (!panel || !form) return
  const isUnlocked = unlockedIdentity() !== undefined
  reveal(panel, '[data-without-scripts]', false)
  reveal(panel, '[data-unlocked]', isUnlocked)
  form.hidden = isUnlocked
  for (const line of document.querySelectorAll<HTMLElement>('[data-without-key]')) line.hidden = isUnlocked
  if (isUnlocked) return
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const button = form.querySelector('button')
    if (button) button.disabled = true
    say(panel, 'Unlocking…', 'status')
    try {
      holdUnlocked(await identityFrom(form))
      say(panel, '')
      unlocked()
      panel.querySelector<HTMLElement>('[data-tips-lock]')?.focus()
    } catch (error) {
      say(panel, error instanceof Locked ? error.message : 'The key could not be unlocked. Try again.')
    }
    form.reset()
    if (button) button.disabled = false
  })
}

async function identityFrom(form: HTMLFormElement): Promise<string> {
  const passphrase = form.querySelector<HTMLInputElement>('#tip-passphrase')?.value ?? ''
  const file = form.querySelector<HTMLInputElement>('#tip-key-file')?.files?.[0]
  if (file) {
    if (file.size > MOST_BYTES)
      throw new Locked('This file is too large for a key. Choose the one that you saved.')
    return unlock(new Uint8Array(await file.arrayBuffer()), passphrase)
  }
  if (!passphrase) throw new Locked('Type the passphrase of your key, or choose your key file.')
  return unlockAny((await ownKeys()).keys, passphrase)
}

async function unlockAny(keys: { wrapped: string | null }[], passphrase: string): Promise<string> {
  const kept = keys.flatMap(({ wrapped }) => wrapped ?? [])
  if (kept.length === 0) throw new Locked('The server keeps no key of yours. Choose your key file.')
  for (const wrapped of kept) {
    const identity = await unlock(wrapped, passphrase).catch(() => undefined)
    if (identity) return identity
  }
  throw new Locked('The passphrase opens no key of yours. Check it, or choose your key file.')
}

function reveal(panel: HTMLElement, selector: string, isShown: boolean): void {
  const line = panel.querySelector<HTMLElement>(selector)
  if (line) line.hidden = !isShown
}

function say(panel: HTMLElement, text: string, kind: 'error' | 'status' = 'error'): void {
  const line = panel.querySelector<HTMLElement>('[data-key-problem]')
  if (!line) return
  line.textContent = text
  line.className = kind === 'error' ? 'error' : 'soft'
  line.hidden = !text
}
