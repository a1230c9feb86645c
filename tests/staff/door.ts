import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import { simpleParser } from 'mailparser'
import type { Role } from '../../src/foundation/desk.js'
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

/** A browser that keeps its cookies, as one person uses it. */
export function browser(press: Press, headers: Record<string, string> = {}) {
  const cookies = new Map<string, string>()
  const send = async (options: { method: 'GET' | 'POST'; url: string; payload?: string }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const type = options.payload === undefined ? {} : form({}).headers
    const answer = await press.http.inject({ ...options, headers: { ...type, ...headers, cookie } })
    for (const { name, value } of answer.cookies) {
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    return answer
  }
  const get = (url: string) => send({ method: 'GET', url })
  return {
    cookies,
    get,
    /** Sends a form; inside the desk with the token that its pages carry. */
    async post(url: string, fields: Record<string, string> = {}) {
      const page = cookies.has('handpress') ? (await get('/admin/account/confirm')).body : ''
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page) ?? []
      const payload = form(csrf ? { ...fields, csrf } : fields).payload
      return send({ method: 'POST', url, payload })
    },
    signIn(fields: Record<string, string> = owner) {
      const { payload } = form({ email: fields.email ?? '', password: fields.password ?? '' })
      return send({ method: 'POST', url: '/admin/sign-in', payload })
    },
    async isIn() {
      return (await get('/admin')).statusCode === 200
    },
  }
}

export type Browser = ReturnType<typeof browser>

/** A browser in which an owner, or somebody with another role, is signed in. */
export async function signedIn(
  press: Press,
  role: Role = 'owner',
  name = `The ${role}`,
): Promise<Browser & { id: string; email: string }> {
  const email = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org`
  const { id } = await press.staff.addAccount({ name, email, role, password: owner.password })
  const person = browser(press)
  await person.signIn({ email, password: owner.password })
  return { ...person, id, email }
}

/** The mails that were sent so far, as they lie in the outbox, oldest first. */
export async function mails(press: Press): Promise<{ to: string; subject: string; text: string }[]> {
  await press.mail.deliverDue()
  const folder = path.join(press.dataDir, 'outbox')
  const files = await readdir(folder).catch(() => [])
  const read = async (name: string) => {
    const { to, subject, text } = await simpleParser(await readFile(path.join(folder, name)))
    return {
      to: [to ?? []]
        .flat()
        .map(one => one.text)
        .join(),
      subject: subject ?? '',
      text: text ?? '',
    }
  }
  return Promise.all(
    files
      .filter(name => name.endsWith('.eml'))
      .sort()
      .map(read),
  )
}

/** The path of the link in the last mail to an address. */
export async function linkTo(press: Press, address: string): Promise<string> {
  const mail = (await mails(press)).filter(({ to }) => to === address).at(-1)
  return /https?:\/\/[^/\s]+(\/admin\/\S+)/.exec(mail?.text ?? '')?.[1] ?? ''
}
