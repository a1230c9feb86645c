import type { Colleague } from './desk.js'

/** Makes a new article of somebody's own; returns its id. */
export async function newArticle(writer: Colleague): Promise<string> {
  const { headers } = await writer.post('/admin/articles')
  return /^\/admin\/articles\/([0-9a-f-]{36})$/.exec(String(headers.location))?.[1] ?? ''
}

/** Saves as the editor's script does; what is not said is as the form of an empty draft sends it. */
export async function save(writer: Colleague, id: string, fields: Record<string, string | string[]>) {
  const { authors, ...texts } = fields
  const sent: [string, string][] = Object.entries({
    ...(await formFields(writer, id)),
    ...(texts as Record<string, string>),
  })
  for (const author of [authors ?? []].flat()) sent.push(['authors', author])
  return writer.post(`/admin/articles/${id}`, sent, { accept: 'application/json' })
}

/** The single fields of the edit page as a browser without scripts reads them. */
export async function formFields(writer: Colleague, id: string): Promise<Record<string, string>> {
  const { body } = await writer.get(`/admin/articles/${id}`)
  const form = /<form id="manuscript"[\s\S]*?<\/form>/.exec(body)?.[0] ?? ''
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of form.matchAll(
    /<textarea[^>]* name="([^"]+)"[^>]*>([\s\S]*?)<\/textarea>/g,
  ))
    fields[name] = unescaped(value).replace(/\r\n?/g, '\n').replace(/^\n/, '')
  for (const [tag] of form.matchAll(/<input [^>]*>/g)) {
    const name = attribute(tag, 'name')
    const unticked = /type="(radio|checkbox)"/.test(tag) && !/ checked/.test(tag)
    if (name && name !== 'csrf' && !unticked) fields[name] = attribute(tag, 'value')
  }
  for (const [, name = '', options = ''] of form.matchAll(
    /<select[^>]* name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g,
  )) {
    const all = [...options.matchAll(/<option [^>]*>/g)].map(([tag]) => tag)
    fields[name] = attribute(all.find(tag => / selected/.test(tag)) ?? all[0] ?? '', 'value')
  }
  return fields
}

function attribute(tag: string, name: string): string {
  return unescaped(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function unescaped(html: string): string {
  const marks: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => marks[name] ?? '')
}
