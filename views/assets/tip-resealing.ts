// Seals old tips to keys that were added since: each part is fetched, opened and sealed in this tab, and sent back.
import { Locked, unlock } from './tips/keys.js'
import { part, problemAt, showScripted } from './tips/page.js'
import { type Behind, behindParts, reseal } from './tips/resealing.js'
import { holdUnlocked, lock, onLock, stayAwake, unlockedIdentity } from './tips/unlocked.js'

const form = document.querySelector<HTMLFormElement>('form[data-resealing]')
if (form) resealing(form)

interface Own {
  keys: { id: string; wrapped: string | null }[]
}

function resealing(form: HTMLFormElement): void {
  const csrf = form.dataset.csrf ?? ''
  const chosen = part<HTMLSelectElement>(form, '#key')
  const file = part<HTMLInputElement>(form, '#key-file')
  const passphrase = part<HTMLInputElement>(form, '#passphrase')
  const begin = part<HTMLButtonElement>(form, '[data-begin]')
  const stop = part<HTMLButtonElement>(form, '[data-stop]')
  const bar = part<HTMLProgressElement>(document, '[data-progress] progress')
  const skipped = part(document, '[data-skipped]')

  const say = (text: string): void => {
    part(document, '[data-progress]').hidden = false
    part(document, '#resealing-state').textContent = text
  }

  const unlockChosen = async (): Promise<void> => {
    say('The key is unlocked; this takes a second or two.')
    holdUnlocked(await unlock(await keyFile(), passphrase.value))
    passphrase.value = ''
  }

  const keyFile = async (): Promise<string | Uint8Array> => {
    if (chosen.value === 'file') {
      const [picked] = file.files ?? []
      if (!picked) throw new Locked('Choose your key file.')
      return new Uint8Array(await picked.arrayBuffer())
    }
    const own: Own = await (await fetch('/admin/tips/keys/mine')).json()
    const key = own.keys.find(({ id }) => id === chosen.value)
    if (!key?.wrapped) throw new Locked('The server does not keep this key any more. Open the page again.')
    return key.wrapped
  }

  const work = async (whole: boolean): Promise<void> => {
    const note = await fetch('/admin/tips/resealing', {
      method: 'POST',
      headers: { 'x-csrf-token': csrf, 'content-type': 'application/x-www-form-urlencoded' },
    })
    if (!note.ok) throw new Locked('You are not signed in any more. Sign in, then begin again.')
    let [done, left] = [0, 0]
    for await (const behind of behindParts(whole)) {
      const identity = unlockedIdentity()
      if (!identity) return finish(done, left, true)
      stayAwake()
      say(`Part ${behind.part} of tip ${behind.tipId.slice(0, 6)} … ${done} sealed so far.`)
      const problem = await reseal(behind, identity, csrf)
      if (problem) left += skip(behind, problem)
      else done += 1
    }
    finish(done, left, false)
  }

  const skip = (behind: Behind, problem: string): number => {
    const line = document.createElement('li')
    line.textContent = `Part ${behind.part} of tip ${behind.tipId.slice(0, 6)}: ${problem}`
    skipped.append(line)
    return 1
  }

  const finish = (done: number, left: number, isStopped: boolean): void => {
    lock()
    const rest = left ? ` ${left} could not be sealed anew; they are named below.` : ''
    say(
      `${isStopped ? 'Stopped.' : 'Done.'} ${done} ${done === 1 ? 'part was' : 'parts were'} sealed to everybody.${rest}`,
    )
    document.querySelector('[data-outlook]')?.remove()
    running(false)
  }

  const running = (isRunning: boolean): void => {
    begin.disabled = isRunning
    stop.hidden = !isRunning
    bar.hidden = !isRunning
  }

  showScripted(form)
  chosen.addEventListener('change', () => {
    part(form, '[data-key-file]').hidden = chosen.value !== 'file'
  })
  stop.addEventListener('click', lock)
  onLock(() => {
    stop.hidden = true
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    problemAt('passphrase')
    skipped.replaceChildren()
    running(true)
    unlockChosen()
      .then(() => work(part<HTMLInputElement>(form, '#whole').checked))
      .catch(error => {
        lock()
        running(false)
        const text =
          error instanceof Locked
            ? error.message
            : 'The connection broke off. Begin again: what was sealed stays so.'
        say(text)
        if (error instanceof Locked) problemAt('passphrase', text)
      })
  })
}
