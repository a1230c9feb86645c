import { proofOfWork } from '../proof-of-work.js'
import type { Secrets } from './codename.js'
import { Unsent } from './forms.js'
import { pageIn, siteOn } from './pages.js'
import { sealed, type Written } from './sealing.js'

/** A field of a form that is sent: its name and value. */
export type Sent = [name: string, value: string]

/** What the server answered with. */
export interface Answered {
  status: number
  page: Document
}

const said = {
  unsure:
    'The connection broke off, and nobody can say whether it arrived. What was sent is sealed. It still stands here: send it again.',
  keysChange: 'The newsroom’s keys are being changed just now. Nothing was kept. Send it again in a minute.',
}

/** Signs in the source of a tip, by what their codename derived to. @throws Unsent when no answer comes */
export async function signIn(secrets: Secrets): Promise<Answered> {
  return post('/tips/return', derivedFields(secrets))
}

/** What a codename derived to, as forms send it. */
export function derivedFields({ lookup, sourceKey }: Secrets): Sent[] {
  return [
    ['lookup', lookup],
    ['source_key', sourceKey],
  ]
}

// What stands for a file has its name with it. The work comes first: without it the rest may not be read.
async function post(
  address: string,
  fields: (Sent | [name: string, content: Blob, file: string])[],
): Promise<Answered> {
  const body = new FormData()
  body.append('pow', await proofOfWork())
  for (const [name, value, file] of fields) {
    if (file) body.append(name, value as Blob, file)
    else body.append(name, value)
  }
  const asked = async (): Promise<Answered> => {
    const answer = await fetch(address, { method: 'POST', body })
    return { status: answer.status, page: await pageIn(answer) }
  }
  return asked().catch(() => {
    throw new Unsent(said.unsure)
  })
}

/**
 * Seals what was written and sends it, once more where the newsroom's keys have changed since the page was opened.
 * @param whose tells whose tip it is: what a new one's codename derived to, or the session of who has come back
 * @param say is told how far it has come
 */
export async function deliver(
  address: string,
  written: Written,
  whose: Sent[],
  say: (text: string) => void,
): Promise<Answered> {
  const send = async (recipients: string[]): Promise<Answered> => {
    const parts = await sealed(written, recipients, share => say(`Sealing: ${Math.floor(share * 100)} %`))
    say('Sealed. It is on its way; with large files that takes a while. Keep this page open.')
    return post(address, [
      ...whose,
      ...parts.map(({ name, content }): [string, Blob, string] => ['sealed', content, name]),
    ])
  }
  const answered = await send(siteOn(document).recipients)
  if (answered.status !== 409) return answered
  const again = await send(await currentRecipients())
  if (again.status === 409) throw new Unsent(said.keysChange)
  return again
}

async function currentRecipients(): Promise<string[]> {
  const answer = await fetch('/tips').catch(() => {
    throw new Unsent(said.unsure)
  })
  return siteOn(await pageIn(answer)).recipients
}

/** Why the server did not take it, in its own words. */
export function refusal(page: Document): Unsent {
  const told = page.querySelectorAll('.error-summary li, .problem-told')
  const text = [...told].map(line => line.textContent).join(' ')
  return new Unsent(
    text || 'The server did not take it, and does not say why. It still stands here: send it again.',
  )
}
