// What the pages that make and use keys do to the page. Secrets never go through here, except onto the recovery sheet.

/** An element of the page that must be there. */
export function part<Found extends HTMLElement>(within: ParentNode, selector: string): Found {
  const found = within.querySelector<Found>(selector)
  if (!found) throw new Error(`The page has no ${selector}.`)
  return found
}

/** Shows what needs scripts, and takes away what stands in its place. */
export function showScripted(form: HTMLElement): void {
  form.hidden = false
  for (const instead of document.querySelectorAll('[data-without-scripts]')) instead.remove()
}

/** Says what is wrong with a field, beside it; no text: nothing. */
export function problemAt(id: string, text = ''): void {
  const field = part<HTMLInputElement>(document, `#${id}`)
  const place = part(document, `#${id}-error`)
  place.textContent = text
  place.hidden = text === ''
  field.toggleAttribute('aria-invalid', text !== '')
  if (text) field.setAttribute('aria-invalid', 'true')
  const described = new Set((field.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean))
  described[text ? 'add' : 'delete'](place.id)
  if (described.size) field.setAttribute('aria-describedby', [...described].join(' '))
  else field.removeAttribute('aria-describedby')
  if (text) field.focus()
}

/** Makes a link save a text as a file, without asking the server. */
export function offerFile(link: HTMLAnchorElement, name: string, text: string): void {
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  link.download = name
}

/** Today's day by the browser, `2020-12-24`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}
