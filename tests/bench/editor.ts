import type { Colleague } from '../support/desk.js'
import { formFields, newArticle } from '../support/manuscripts.js'

type Fields = Record<string, string> | [string, string][]

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Somebody at the desk, over the network. @throws when a form is refused */
export async function colleagueAt(base: string, account: Record<string, string>): Promise<Colleague> {
  const entered = await send(`${base}/admin/sign-in`, Object.entries(account), {})
  const cookie = entered.headers
    .getSetCookie()
    .map(line => line.split(';', 1)[0])
    .join('; ')
  const get = async (path: string) => {
    const answer = await fetch(`${base}${path}`, { headers: { cookie } })
    return { statusCode: answer.status, body: await answer.text() }
  }
  const csrf = /name="csrf" value="([^"]+)"/.exec((await get('/admin')).body)?.[1] ?? ''
  const post = async (path: string, fields: Fields = {}, headers: Record<string, string> = {}) => {
    const entries = Array.isArray(fields) ? fields : Object.entries(fields)
    const answer = await send(`${base}${path}`, [...entries, ['csrf', csrf]], { cookie, ...headers })
    await answer.arrayBuffer()
    if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}`)
    return { statusCode: answer.status, headers: { location: answer.headers.get('location') ?? undefined } }
  }
  return { cookie, get, post } as unknown as Colleague
}

/** An editor over the network, signed in, with a draft open. */
export async function editorAt(base: string, account: Record<string, string>) {
  const writer = await colleagueAt(base, account)
  const id = await newArticle(writer)
  let saves = 0
  return {
    async save(): Promise<void> {
      const fields = await formFields(writer, id)
      const changed = { ...fields, title: `Save ${saves++}`, body: `Text ${saves}.` }
      await writer.post(`/admin/articles/${id}`, changed)
    },
  }
}

function send(url: string, fields: [string, string][], headers: Record<string, string>): Promise<Response> {
  return fetch(url, {
    ...{ method: 'POST', redirect: 'manual' },
    headers: { ...form, ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}
