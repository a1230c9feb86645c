// Makes an editor's key. The form that is sent carries its public half and, where the server is to keep it, the secret half
// as the passphrase sealed it; the fields of the passphrase have no name, so that no form can send them.
import {
  identityFile,
  type KeyPair,
  Locked,
  newKeyPair,
  proveFits,
  recipientOf,
  unlock,
  wrap,
} from './keys.js'
import { offerFile, part, problemAt, showScripted, today } from './page.js'
import { passphraseProblem } from './passphrase.js'

type Way = 'wrapped' | 'sealed-file' | 'plain-file'

const form = document.querySelector<HTMLFormElement>('form[data-tip-key]')
if (form) making(form)

function making(form: HTMLFormElement): void {
  const choosing = part<HTMLFieldSetElement>(form, '[data-step="choose"]')
  const checking = part<HTMLFieldSetElement>(form, '[data-step="check"]')
  const passphrase = part<HTMLInputElement>(form, '#passphrase')
  const again = part<HTMLInputElement>(form, '#again')
  const saved = part<HTMLInputElement>(form, '#saved')
  const names: string[] = JSON.parse(form.dataset.names ?? '[]')
  const way = () => (form.elements.namedItem('way') as RadioNodeList).value as Way
  // Of a key that is kept as a file only the public half is remembered: the file itself has to open the test message.
  let awaited: string | undefined

  const chosenPassphrase = async (): Promise<boolean> => {
    problemAt('passphrase')
    problemAt('again')
    if (way() === 'plain-file') return true
    const problem = await passphraseProblem(passphrase.value, names)
    if (problem) problemAt('passphrase', problem)
    else if (again.value !== passphrase.value)
      problemAt('again', 'This differs from the passphrase above. Type the same twice.')
    return !problem && again.value === passphrase.value
  }

  const make = async (): Promise<void> => {
    if (!(await chosenPassphrase())) return
    busy(true, 'The key is made and sealed with your passphrase; this takes some seconds.')
    const pair = await newKeyPair()
    const file =
      way() === 'plain-file' ? identityFile(pair, today()) : await wrap(pair, passphrase.value, today())
    if (way() === 'wrapped') {
      say('The sealed key is opened again, with the passphrase as you typed it the second time.')
      await prove(file, again.value, pair.recipient)
      return send(pair.recipient, file)
    }
    hand(file, pair)
  }

  const hand = (file: string, { recipient }: KeyPair): void => {
    awaited = recipient
    const name = way() === 'plain-file' ? 'tip-key.txt' : 'tip-key.age'
    const link = part<HTMLAnchorElement>(form, '[data-download]')
    offerFile(link, name, file)
    link.click()
    part(form, '[data-file-name]').textContent = name
    choosing.hidden = true
    checking.hidden = false
    busy(false, '')
    saved.focus()
  }

  const check = async (recipient: string): Promise<void> => {
    problemAt('saved')
    const [file] = saved.files ?? []
    if (!file) throw new Locked('Choose the file that your browser saved.')
    busy(true, 'The file is opened, and a test message with it.')
    await prove(new Uint8Array(await file.arrayBuffer()), again.value, recipient)
    send(recipient, '')
  }

  const send = (recipient: string, wrapped: string): void => {
    for (const [name, value] of Object.entries({ publicKey: recipient, wrapped }))
      part<HTMLInputElement>(form, `input[name="${name}"]`).value = value
    passphrase.value = ''
    again.value = ''
    say('The public half is registered.')
    form.submit()
  }

  const say = (text: string): void => {
    part(form, '[data-status]').textContent = text
  }

  const busy = (isBusy: boolean, text: string): void => {
    for (const button of form.querySelectorAll('button')) button.disabled = isBusy
    say(text)
  }

  const failed = (error: unknown): void => {
    const text =
      error instanceof Locked ? error.message : 'That did not work. Open this page again and try once more.'
    busy(false, awaited ? '' : text)
    if (awaited) problemAt('saved', text)
  }

  showScripted(form)
  form.addEventListener('change', () => {
    part(form, '[data-passphrase]').hidden = way() === 'plain-file'
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    ;(awaited ? check(awaited) : make()).catch(failed)
  })
}

/** What will be opened one day is opened now: the file by its passphrase, and a test message by the key in it. */
async function prove(file: string | Uint8Array, passphrase: string, recipient: string): Promise<void> {
  const identity = await unlock(file, passphrase)
  if ((await recipientOf(identity)) !== recipient)
    throw new Locked('This file holds another key. Choose the one that was saved just now.')
  await proveFits(identity, recipient)
}
