/** What the form of an article holds, by the names of its fields; lists as several values. */
export type Fields = Record<string, string | string[]>

/** Fields that carry a request along and are no part of the article. */
const carriers = new Set(['csrf', 'version', 'autosave', 'exact', 'then'])

/** Reads the form; the text comes from the editor, since a textarea would change its line ends. */
export function readFields(form: HTMLFormElement, body: string): Fields {
  const fields: Fields = { authors: [] }
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string' || carriers.has(name)) continue
    if (name === 'authors') (fields.authors as string[]).push(value)
    else fields[name] = value
  }
  return { ...fields, body }
}

/** Fills the form, but for the text, and tells whoever listens for input. */
export function fillFields(form: HTMLFormElement, fields: Fields): void {
  for (const control of form.elements) {
    if (!isControl(control) || control.name === 'body' || !(control.name in fields)) continue
    const value = fields[control.name] ?? ''
    if (control instanceof HTMLInputElement && /^(checkbox|radio)$/.test(control.type)) {
      control.checked = [value].flat().includes(control.value)
    } else if (typeof value === 'string') {
      control.value = value
    }
    control.dispatchEvent(new Event('input', { bubbles: true }))
  }
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

function isControl(element: Element): element is Control {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement
  )
}

/** The names of the fields in which two versions differ. Line ends alone are no difference to a reader. */
export function differences(one: Fields, other: Fields): string[] {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(name => !carriers.has(name))
  return names.filter(name => asText(one[name]) !== asText(other[name]))
}

/** A field as one text, for comparing and showing. */
export function asText(value: string | string[] | undefined): string {
  return [value ?? ''].flat().join(', ').replace(/\r\n?/g, '\n')
}

/** The body of a save request: urlencoded, which keeps line ends as they are when a script writes it. */
export function encoded(fields: Fields, carried: Record<string, string>): URLSearchParams {
  const sent = new URLSearchParams(carried)
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) sent.append(name, one)
  return sent
}

/** The server may have made the address readable; what was typed meanwhile stays. */
export function takeSlug(form: HTMLFormElement, slug: string, sent: Fields): void {
  const field = form.elements.namedItem('slug')
  if (field instanceof HTMLInputElement && slug && field.value === sent.slug && field.value !== slug) {
    field.value = slug
    field.dispatchEvent(new Event('input'))
  }
}
