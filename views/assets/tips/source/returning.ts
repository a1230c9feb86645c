import { couldBeCodename, unknownCodename } from '../../../../src/tips/source/codename-scheme.js'
import { UNCERTAIN } from '../../../../src/tips/source/measures.js'
import { onLock } from '../unlocked.js'
import { derive } from './codename.js'
import { type Answered, deliver, refusal, signIn } from './delivery.js'
import { clearProblem, say, takeOver, tellProblem, Unsent } from './forms.js'
import { goOnWith, pageIn, sessionOn, showPage, siteOn } from './pages.js'
import { openReplies, sealReplies } from './replies.js'
import { writtenIn } from './sealing.js'
import { heldSecrets, hold } from './secrets.js'

const readable = {
  told: 'This browser could not derive a key from your words, so nothing has left it. Another browser may be able to. You can also let this server do it: then the words reach it readable, inside the encrypted connection, and are in its memory for about a second.',
  offer: 'Send the words to this server',
}

/** Takes over what a source does who has come back. */
export function openReturning(main: HTMLElement): void {
  const form = (id: string) => main.querySelector<HTMLFormElement>(`#${id}`)
  const [back, again, earlier, more, erasure] = ['return', 'again', 'earlier', 'more', 'erasure'].map(form)
  if (back) entering(back)
  if (again) entering(again)
  if (earlier) following(earlier)
  if (more) adding(more)
  if (erasure) erasing(erasure)
  if (main.querySelector('#ending')) showReplies(main)
}

onLock(() => {
  const main = document.querySelector('main')
  if (main) sealReplies(main)
  if (main) askAgain(main)
})

/** A form that takes a codename; it may bring what was written besides, when a session was over. */
function entering(form: HTMLFormElement): void {
  takeOver({
    form,
    failed: 'That did not lead to a tip',
    instead: readable,
    async work() {
      const field = form.querySelector<HTMLInputElement>('[name="codename"]')
      const typed = field?.value ?? ''
      if (!couldBeCodename(typed)) throw new Unsent(unknownCodename(typed), field?.id)
      say(form, 'A key is derived from your words. This takes a few seconds.')
      const secrets = await derive(typed, siteOn(document).salt)
      const entered = await signIn(secrets)
      if (isReturnForm(entered)) throw new Unsent(unknownCodename(typed), field?.id)
      if (entered.status !== 200) throw refusal(entered.page)
      hold(secrets)
      const brings = form.querySelector('[name="message"]') !== null
      const { page } = brings ? await add(form, sessionOn(entered.page)) : entered
      showPage(page, { wasSent: brings })
    },
  })
}

function adding(form: HTMLFormElement): void {
  takeOver({
    form,
    failed: 'Nothing was added',
    instead: {
      told: 'This browser could not seal it, so nothing has left it. Another browser may be able to. You can also send it so that this server seals it as it arrives: then it reaches the server readable.',
      offer: 'Send it readable, to be sealed on arrival',
    },
    async work() {
      const { page } = await add(form, sessionOn(form))
      showPage(page, { wasSent: true })
    },
  })
}

async function add(form: HTMLFormElement, session: string): Promise<Answered> {
  const written = writtenIn(form, true)
  const send = (of: string) =>
    deliver('/tips/return/messages', written, [['session', of]], text => say(form, text))
  const answered = await send(session)
  if (answered.status === 200) return answered
  if (!isReturnForm(answered)) throw refusal(answered.page)
  // The half hour is over, and the key of this tab is still there.
  const secrets = heldSecrets()
  const entered = secrets && (await signIn(secrets))
  if (entered?.status !== 200) throw notSignedIn()
  goOnWith(sessionOn(entered.page))
  const again = await send(sessionOn(entered.page))
  if (again.status !== 200) throw refusal(again.page)
  return again
}

// The server knows nobody by what came with the form.
function isReturnForm({ status, page }: Answered): boolean {
  return status === 422 && page.querySelector('#return') !== null
}

// It is sent as the browser sends it: the page that comes is a new document, whose memory has nothing of this one.
function erasing(form: HTMLFormElement): void {
  const certain = form.querySelector<HTMLInputElement>('[name="certain"]')
  form.addEventListener('submit', event => {
    clearProblem(form)
    if (certain?.checked) return
    event.preventDefault()
    tellProblem(form, 'Nothing was erased', new Unsent(UNCERTAIN, certain?.id))
  })
}

/** Earlier replies, without leaving the document: the key that opens them lies in its memory alone. */
function following(form: HTMLFormElement): void {
  form.addEventListener('submit', async event => {
    if (!heldSecrets()) return
    event.preventDefault()
    const asked = { method: 'POST', body: new FormData(form) }
    const answer = await fetch(form.action, asked).catch(() => undefined)
    if (answer) showPage(await pageIn(answer))
    else form.submit()
  })
}

function showReplies(main: HTMLElement): void {
  const secrets = heldSecrets()
  if (secrets) void openReplies(main, secrets.identity)
  else if (main.querySelector('[data-sealed]')) askAgain(main)
}

function askAgain(main: HTMLElement): void {
  const form = main.querySelector<HTMLElement>('#again')
  if (form) form.hidden = false
}

function notSignedIn(): Unsent {
  const main = document.querySelector('main')
  if (main) askAgain(main)
  return new Unsent(
    'You are not signed in any more. Type your codename above, under Replies, then try again: what you wrote still stands here.',
  )
}
