import type { LightMyRequestResponse } from 'fastify'
import type { Role } from '../../src/foundation/desk.js'
import { form, type Press } from './press.js'

/** Somebody at the desk, signed in. */
export interface Colleague {
  id: string
  cookie: string
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  /** Sends a form as a page of the desk does, with its token. */
  post(
    url: string,
    fields?: Record<string, string> | [string, string][],
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
  /** The token that this session's forms carry. */
  token(): Promise<string>
}

const password = 'seven horses on a green hill'

/** Makes an account of a role and signs it in. */
export async function colleague(press: Press, role: Role, name = `The ${role}`): Promise<Colleague> {
  const email = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org`
  const { id } = await press.staff.addAccount({ name, email, role, password })
  const entered = await press.http.inject({
    method: 'POST',
    url: '/admin/sign-in',
    ...form({ email, password }),
  })
  const cookie = entered.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const get: Colleague['get'] = (url, headers = {}) =>
    press.http.inject({ url, headers: { cookie, ...headers } })
  let known: string | undefined
  const token = async () => {
    known ??= /name="csrf" value="([^"]+)"/.exec((await get('/admin')).body)?.[1] ?? ''
    return known
  }
  const post: Colleague['post'] = async (url, fields = {}, headers = {}) => {
    const { payload, headers: type } = form([...entries(fields), ['csrf', await token()]])
    return press.http.inject({ method: 'POST', url, payload, headers: { ...type, cookie, ...headers } })
  }
  return { id, cookie, get, post, token }
}

function entries(fields: Record<string, string> | [string, string][]): [string, string][] {
  return Array.isArray(fields) ? fields : Object.entries(fields)
}

/** The colleague's cookies as a browser takes them. */
export function cookiesFor(
  { cookie }: Colleague,
  url: string,
): { name: string; value: string; url: string }[] {
  return cookie.split('; ').map(pair => {
    const [name = '', ...value] = pair.split('=')
    return { name, value: value.join('='), url }
  })
}
