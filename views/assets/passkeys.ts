import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser'

// A form that a passkey fills in. It names where its question comes from; the answer goes into the field
// `credential`, and the form is sent as any other. Without scripts or passkeys such forms stay hidden.
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.closest<HTMLElement>('[data-needs-passkeys]')?.removeAttribute('hidden')
  form.addEventListener('submit', event => {
    event.preventDefault()
    void answer(form)
  })
}
for (const note of document.querySelectorAll('[data-without-passkeys]'))
  note.toggleAttribute('hidden', Boolean(window.PublicKeyCredential))

async function answer(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button')
  const { passkey: kind, options: address = '' } = form.dataset
  say(form, '')
  if (button) button.disabled = true
  try {
    const asked = await fetch(address, { headers: { accept: 'application/json' } })
    if (!asked.ok) throw new Error('refused')
    const optionsJSON = await asked.json()
    const credential =
      kind === 'make' ? await startRegistration({ optionsJSON }) : await startAuthentication({ optionsJSON })
    copyFields(form)
    const field = form.elements.namedItem('credential') as HTMLInputElement
    field.value = JSON.stringify(credential)
    form.submit()
  } catch (error) {
    if (button) button.disabled = false
    say(form, sentence(error))
  }
}

// The invitation's name stands in the form beside this one.
function copyFields(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLInputElement>('input[data-copy]'))
    field.value = document.querySelector<HTMLInputElement>(`#${field.dataset.copy}`)?.value ?? ''
}

function say(form: HTMLFormElement, text: string): void {
  const status = form.querySelector<HTMLElement>('[role="status"]')
  if (status) status.textContent = text
}

function sentence(error: unknown): string {
  if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return 'This device holds a passkey for your account already.'
  if (error instanceof Error && error.name === 'NotAllowedError')
    return 'No passkey was used: it was cancelled, took too long, or there is none for this site.'
  if (
    error instanceof WebAuthnError &&
    error.code === 'ERROR_AUTHENTICATOR_NO_SUPPORTED_PUBKEYCREDPARAMS_ALG'
  )
    return 'The key that this device makes is too short here. Use a passkey of a phone, a security key or a password manager, or an authenticator app.'
  return 'That did not work. Open this page again and try once more.'
}
