import type { Clock, Ids } from '../foundation/clock.js'
import { compileBlueprint } from './blueprint.js'
import type { Signer } from './dkim.js'
import { type Offered, offer } from './offer.js'
import type { Post } from './post.js'

export interface TrialServices {
  post: Post
  signer: Signer | undefined
  mailFrom: string
  clock: Clock
  ids: Ids
}

/** Sends a mail that only says that mail works. @param to an address */
export async function trialMail(
  to: string,
  { post, signer, mailFrom, clock, ids }: TrialServices,
): Promise<Offered> {
  const words = 'This mail was sent by hand, to see whether mail from this site arrives. It did.'
  const blueprint = compileBlueprint(
    {
      ...{ fromName: 'Handpress', from: mailFrom, subject: 'Mail works', date: clock(), marks: [] },
      ...{
        text: `${words}\n`,
        html: `<!doctype html><html lang="en"><title>Mail works</title><p>${words}</p></html>\n`,
      },
      headers: { 'Auto-Submitted': 'auto-generated' },
    },
    signer,
  )
  const messageId = `${ids()}@${mailFrom.slice(mailFrom.lastIndexOf('@') + 1)}`
  return offer(post, { from: mailFrom, to }, await blueprint.fill({ to, messageId, headers: {}, values: {} }))
}
