// Forms whose content this tab sends in its own way. Nothing of them is ever sent as the browser would, unless the source says so.
import { element } from '../inbox/words.js'
import { sealedHere } from './pages.js'

/** Why something was not sent; the message is for the source. */
export class Unsent extends Error {
  override name = 'Unsent'
  /** @param field the id of the field that it is about */
  constructor(
    message: string,
    readonly field?: string,
  ) {
    super(message)
  }
}

interface Instead {
  told: string
  offer: string
}

interface TakenOver {
  form: HTMLFormElement
  /** what stands over a problem: `The tip was not sent` */
  failed: string
  /** what is said and offered where this browser cannot do it and the server could */
  instead: Instead
  work(): Promise<void>
}

/** Does something else where a form would be sent. While it works, nothing can be sent twice. */
export function takeOver({ form, failed, instead, work }: TakenOver): void {
  form.addEventListener('submit', async event => {
    if (form.dataset.readable) return
    event.preventDefault()
    clearProblem(form)
    const buttons = [...form.querySelectorAll('button')].filter(button => !button.disabled)
    for (const button of buttons) button.disabled = true
    try {
      await work()
    } catch (error) {
      if (error instanceof Unsent) tellProblem(form, failed, error)
      else offerReadable(form, failed, instead)
    }
    say(form, '')
    for (const button of buttons) button.disabled = false
  })
}

/** Says how far something has come. */
export function say(form: HTMLFormElement, text: string): void {
  const place = form.querySelector<HTMLElement>('[data-progress]') ?? addProgress(form)
  place.textContent = text
}

function addProgress(form: HTMLFormElement): HTMLElement {
  const place = element('p', { className: 'help' })
  place.dataset.progress = ''
  place.setAttribute('role', 'status')
  form.append(place)
  return place
}

/** Says above a form, and beside the field that it is about, why it was not sent. */
export function tellProblem(form: HTMLFormElement, failed: string, { message, field: id }: Unsent): void {
  const field = id ? form.querySelector<HTMLElement>(`#${id}`) : null
  const line = element('li')
  line.append(field ? linkTo(field, message) : message)
  const list = element('ul')
  list.append(line)
  summary(form, failed, list)
  if (!field) return
  const beside = element('p', { text: message, className: 'error' })
  beside.id = `${field.id}-error`
  const place = form.querySelector(`#${field.id}-help`) ?? field.closest('.choice') ?? field
  place.after(beside)
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute(
    'aria-describedby',
    `${field.getAttribute('aria-describedby') ?? ''} ${beside.id}`.trim(),
  )
}

function linkTo({ id }: HTMLElement, text: string): HTMLAnchorElement {
  const link = element('a', { text })
  link.href = `#${id}`
  return link
}

/** Nothing was sent; that the server may read it is the source's own choice. */
function offerReadable(form: HTMLFormElement, failed: string, { told, offer }: Instead): void {
  const button = element('button', { text: offer, className: 'quiet', type: 'button' })
  button.addEventListener('click', () => {
    form.dataset.readable = 'yes'
    sealedHere(document, false)
    form.requestSubmit()
  })
  const choice = element('p')
  choice.append(button)
  summary(form, failed, element('p', { text: told }), choice)
}

function summary(form: HTMLFormElement, failed: string, ...content: HTMLElement[]): void {
  const box = element('div', { className: 'error-summary' })
  box.setAttribute('role', 'alert')
  box.dataset.for = form.id
  box.append(element('h2', { text: failed }), ...content)
  form.before(box)
  box.scrollIntoView({ block: 'nearest' })
  box.tabIndex = -1
  box.focus({ preventScroll: true })
}

/** Takes back what was said of a form. */
export function clearProblem(form: HTMLFormElement): void {
  for (const box of document.querySelectorAll('.error-summary')) box.remove()
  for (const beside of form.querySelectorAll('.error')) beside.remove()
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
    const helps = (field.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .filter(id => !/^$|-error$/.test(id))
    if (helps.length > 0) field.setAttribute('aria-describedby', helps.join(' '))
    else field.removeAttribute('aria-describedby')
  }
}
