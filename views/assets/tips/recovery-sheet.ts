// Makes the recovery key and shows it for a sheet of paper. The form that is sent carries its public half only.
import { identityFile, newKeyPair, proveFits } from './keys.js'
import { offerFile, part, problemAt, showScripted, today } from './page.js'

const form = document.querySelector<HTMLFormElement>('form[data-recovery-key]')
if (form) recoverySheet(form)

function recoverySheet(form: HTMLFormElement): void {
  const step = (name: string) => part(form, `[data-step="${name}"]`)
  const publicKey = part<HTMLInputElement>(form, 'input[name="publicKey"]')
  const secret = part(form, '[data-secret]')
  const tail = part<HTMLInputElement>(form, '#tail')

  const make = async (): Promise<void> => {
    const pair = await newKeyPair()
    await proveFits(pair.identity, pair.recipient)
    secret.textContent = pair.identity
    part(form, '[data-public]').textContent = pair.recipient
    part(form, '[data-made]').textContent = today()
    offerFile(
      part<HTMLAnchorElement>(form, '[data-download]'),
      'tip-line-recovery-key.txt',
      identityFile(pair, today()),
    )
    publicKey.value = pair.recipient
    step('choose').hidden = true
    step('sheet').hidden = false
    step('check').hidden = false
    part<HTMLButtonElement>(form, '[data-print]').focus()
  }

  const register = (): void => {
    const typed = tail.value.replace(/\s/g, '').toUpperCase()
    const isRight = typed.length === 6 && secret.textContent?.endsWith(typed)
    problemAt('tail', isRight ? '' : notTheTail)
    if (!isRight) return
    secret.textContent = ''
    form.submit()
  }

  showScripted(form)
  part(form, '[data-print]').addEventListener('click', () => window.print())
  form.addEventListener('submit', event => {
    event.preventDefault()
    if (publicKey.value) register()
    else
      make().catch(() => {
        part(form, '[data-status]').textContent = 'That did not work. Open this page again and try once more.'
      })
  })
}

const notTheTail = 'These are not its last six characters. Look at the printed sheet or the saved file.'
