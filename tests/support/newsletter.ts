import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type ParsedMail, simpleParser } from 'mailparser'
import { form, type Press } from './press.js'

/** Sends the sign-up form; what was taken is worked off when this resolves. */
export async function signUp(
  press: Press,
  fields: Record<string, string> | [string, string][],
  remoteAddress = '127.0.0.1',
) {
  const answer = await press.http.inject({
    ...{ method: 'POST', url: '/newsletter', remoteAddress },
    ...form(fields),
  })
  if (answer.statusCode === 200) await press.newsletter.reception.workOff()
  return answer
}

/** All mail that went out so far, the oldest first. */
export async function mails(press: Press): Promise<ParsedMail[]> {
  await press.mail.deliverDue()
  const folder = path.join(press.dataDir, 'outbox')
  const files = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.eml')).sort()
  return Promise.all(files.map(async file => simpleParser(await readFile(path.join(folder, file)))))
}

/** A link in a mail, without its origin. */
export const linkIn = (text = '', purpose: string) =>
  new RegExp(`/newsletter/${purpose}/[\\w-]+`).exec(text)?.[0] ?? ''

/** Signs a reader up and confirms. @returns the links of the mails */
export async function join(press: Press, email = 'reader@example.org', fields: Record<string, string> = {}) {
  await signUp(press, { email, ...fields })
  const mail = (await mails(press)).at(-1)
  const confirm = linkIn(mail?.text, 'confirm')
  await press.http.inject({ method: 'POST', url: confirm })
  return {
    confirm,
    leave: linkIn(mail?.text, 'unsubscribe'),
    preferences: linkIn(mail?.text, 'preferences'),
  }
}
