import type { Colleague } from '../support/desk.js'
import { formFields, newArticle } from '../support/manuscripts.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** An editor over the network, signed in, with a draft open. */
export async function editorAt(base: string, account: Record<string, string>) {
  const entered = await send(`${base}/admin/sign-in`, account, {})
  const cookie = entered.headers
    .getSetCookie()
    .map(line => line.split(';', 1)[0])
    .join('; ')
  const get = async (path: string) => {
    const answer = await fetch(`${base}${path}`, { headers: { cookie } })
    return { body: await answer.text() }
  }
  const csrf = /name="csrf" value="([^"]+)"/.exec((await get('/admin')).body)?.[1] ?? ''
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await send(`${base}${path}`, { ...fields, csrf }, { cookie })
    if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}`)
    return { headers: { location: answer.headers.get('location') ?? undefined } }
  }
  const writer = { get, post } as unknown as Colleague
  const id = await newArticle(writer)
  let saves = 0
  return {
    async save(): Promise<void> {
      const fields = await formFields(writer, id)
      await post(`/admin/articles/${id}`, { ...fields, title: `Save ${saves++}`, body: `Text ${saves}.` })
    },
  }
}

function send(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(url, {
    ...{ method: 'POST', redirect: 'manual' },
    headers: { ...form, ...headers },
    body: new URLSearchParams(fields).toString(),
  })
}
