import type { LightMyRequestResponse } from 'fastify'
import { form, type Press } from '../support/press.js'

export const owner = { name: 'Ada', email: 'ada@example.org', password: 'four unrelated words here' }

/** The path of the owner's link. */
export async function setupPath(press: Press): Promise<string> {
  const link = await press.staff.setupLink()
  if (!link) throw new Error('There is an owner already.')
  const { pathname, search } = new URL(link)
  return pathname + search
}

export function post(
  press: Press,
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const { payload, headers: type } = form(fields)
  return press.http.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
}

/** Makes the owner's account; resolves with the cookie that a browser would send from then on. */
export async function setUp(press: Press): Promise<string> {
  return cookieOf(await post(press, await setupPath(press), owner))
}

export function signIn(press: Press, fields: Record<string, string> = owner, headers = {}) {
  const { email = '', password = '' } = fields
  return post(press, '/admin/sign-in', { email, password }, headers)
}

export function cookieOf(answer: LightMyRequestResponse): string {
  const [cookie] = answer.cookies
  return cookie ? `${cookie.name}=${cookie.value}` : ''
}

export function desk(press: Press, cookie: string) {
  return press.http.inject({ url: '/admin', headers: { cookie } })
}

/** Presses the desk's button to sign out. */
export async function signOut(press: Press, cookie: string, headers: Record<string, string> = {}) {
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await desk(press, cookie)).body) ?? []
  return post(press, '/admin/sign-out', { csrf }, { ...headers, cookie })
}
