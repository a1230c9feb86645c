/** A field of a form, as a browser would send it when nobody touches it. */
export interface Field {
  name: string
  /** `hidden`, `text`, `email`, `checkbox`, `textarea`, `select` … */
  kind: string
  value: string
  /** whether a browser would send it at all */
  sent: boolean
}

export interface Form {
  method: 'GET' | 'POST'
  action: string
  multipart: boolean
  fields: Field[]
}

/** The forms of a page of ours: templates write attributes in double quotes and escape what stands in them. */
export function formsIn(html: string, page = '/'): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inside = '']) => {
    const given = attributesOf(head)
    return {
      method: given.method?.toLowerCase() === 'post' ? 'POST' : 'GET',
      action: given.action ?? page,
      multipart: given.enctype === 'multipart/form-data',
      fields: fieldsIn(inside),
    }
  })
}

/** Fields that somebody writes into. */
export const isWritten = ({ kind, name }: Field): boolean =>
  !['hidden', 'checkbox', 'radio', 'select', 'file', 'password'].includes(kind) || name === 'next'

/** What a browser would send, with other values in some fields. */
export function filled(form: Form, values: Record<string, string> = {}): [string, string][] {
  return form.fields
    .filter(field => field.sent || field.name in values)
    .map(({ name, value }) => [name, values[name] ?? value])
}

function fieldsIn(html: string): Field[] {
  const found: Field[] = []
  const each =
    /<input\b([^>]*)>|<textarea\b([^>]*)>\n?([\s\S]*?)<\/textarea>|<select\b([^>]*)>([\s\S]*?)<\/select>/g
  for (const [, input, textarea, text = '', select, options = ''] of html.matchAll(each)) {
    const given = attributesOf(input ?? textarea ?? select ?? '')
    if (!given.name || 'disabled' in given) continue
    const { name } = given
    if (textarea !== undefined) found.push({ name, kind: 'textarea', value: plain(text), sent: true })
    else if (select !== undefined) found.push({ name, kind: 'select', value: chosen(options), sent: true })
    else {
      const kind = given.type ?? 'text'
      const ticks = kind === 'checkbox' || kind === 'radio'
      found.push({ name, kind, value: given.value ?? '', sent: !ticks || 'checked' in given })
    }
  }
  return found
}

function chosen(options: string): string {
  const all = [...options.matchAll(/<option\b([^>]*)>/g)].map(([, head = '']) => attributesOf(head))
  return (all.find(option => 'selected' in option) ?? all[0])?.value ?? ''
}

function attributesOf(head: string): Record<string, string | undefined> {
  const pairs = [...head.matchAll(/([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, plain(value)]))
}

function plain(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
