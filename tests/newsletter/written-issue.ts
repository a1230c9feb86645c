import type { Colleague } from '../support/desk.js'
import type { Press } from '../support/press.js'

export type Fields = Record<string, string | string[]>

/** Begins an issue at the desk. @returns its address */
export async function newIssue(editor: Colleague): Promise<string> {
  return String((await editor.post('/admin/newsletter/issues')).headers.location)
}

/** The version that the page of an issue was made from. */
export async function versionOf(editor: Colleague, address: string): Promise<string> {
  return /name="version" value="(\d+)"/.exec((await editor.get(address)).body)?.[1] ?? ''
}

/** Sends the form of an issue as the desk does; what is not said is empty. */
export async function saveIssue(editor: Colleague, address: string, fields: Fields = {}) {
  const { version = await versionOf(editor, address), ...texts } = fields
  const sent: [string, string][] = [['version', String(version)]]
  for (const [name, value] of Object.entries({ audience: 'all', action: 'save', ...texts }))
    for (const one of [value].flat()) sent.push([name, one])
  return editor.post(address, sent)
}

/** An issue with words and articles, ready to go. @returns its address */
export async function readyIssue(editor: Colleague, fields: Fields = {}): Promise<string> {
  const address = await newIssue(editor)
  await saveIssue(editor, address, { subject: 'The week in locks', intro: 'Good *morning*.', ...fields })
  return address
}

/** Presses “Send to … readers” on the page as it is now. */
export async function sendIssue(editor: Colleague, address: string) {
  return editor.post(`${address}/send`, { version: await versionOf(editor, address) })
}

export async function idsOf(press: Press, ...slugs: string[]): Promise<string[]> {
  const found = await Promise.all(slugs.map(slug => press.articles.reading.article(slug)))
  return found.map(article => ('id' in article ? article.id : ''))
}
