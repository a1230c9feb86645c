import { couldBeCodename, differenceFrom, newCodename } from '../../../../src/tips/source/codename-scheme.js'
import { derive, type Secrets } from './codename.js'
import { deliver, derivedFields, refusal } from './delivery.js'
import { say, takeOver } from './forms.js'
import { showPage, siteOn } from './pages.js'
import { writtenIn } from './sealing.js'

/** The codename of a tip that is under way. */
interface Attempt {
  codename: string
  secrets: Secrets
}

/** Takes over the form for a new tip, and the check of the words that were written down. */
export function openSending(main: HTMLElement): void {
  const form = main.querySelector<HTMLFormElement>('#tip')
  if (form) sending(form)
  openCheck(main)
}

function sending(form: HTMLFormElement): void {
  // Whoever sends the same again, since no answer came, sends the same tip; changed, it is another one.
  let attempt: Attempt | undefined
  form.addEventListener('input', () => {
    attempt = undefined
  })
  takeOver({
    form,
    failed: 'The tip was not sent',
    instead: {
      told: 'This browser could not seal it, so nothing has left it. Another browser may be able to. You can also send it so that this server seals it as it arrives: then it reaches the server readable, and seven words are made there.',
      offer: 'Send it readable, to be sealed on arrival',
    },
    async work() {
      const written = writtenIn(form, false)
      say(form, 'Seven words are made for you, and a key from them. This takes a few seconds.')
      attempt ??= await newAttempt()
      const { codename, secrets } = attempt
      const whose = derivedFields(secrets)
      const { status, page } = await deliver('/tips', written, whose, text => say(form, text))
      if (status !== 200) throw refusal(page)
      attempt = undefined
      const place = page.querySelector('#codename')
      if (place) place.textContent = codename
      showPage(page)
    },
  })
}

async function newAttempt(): Promise<Attempt> {
  const codename = newCodename()
  return { codename, secrets: await derive(codename, siteOn(document).salt) }
}

/** Compares what is typed from the paper with what still stands on the page; it goes nowhere. */
function openCheck(main: HTMLElement): void {
  const form = main.querySelector<HTMLFormElement>('#codename-check')
  const codename = main.querySelector('#codename')?.textContent ?? ''
  if (!form || !couldBeCodename(codename)) return
  form.addEventListener('submit', event => {
    event.preventDefault()
    const typed = form.querySelector('input')?.value ?? ''
    say(form, differenceFrom(codename, typed) ?? 'These are your seven words. What you wrote down is right.')
  })
}
