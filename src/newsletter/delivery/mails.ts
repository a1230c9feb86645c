import { LRUCache } from 'lru-cache'
import type { Database } from '../../foundation/database.js'
import {
  type Blueprint,
  type MailService,
  returnPath,
  sharedListHeaders,
  unsubscribeHeaders,
} from '../../mail/index.js'
import { marks } from '../letters/marks.js'
import { messageIdOf, type ReaderTokens } from '../tokens.js'
import { mailingsRepository } from './mailings.repository.js'
import type { FrozenLetter } from './schema.js'
import type { IssueMails } from './sender.js'

export interface IssueMailServices {
  db: Database
  mail: Pick<MailService, 'blueprint' | 'mailFrom'>
  tokens: ReaderTokens
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

// The issue that goes out, and an older one with second tries.
const KEPT = 2

/** Writes the mails of issues; what is the same for all readers is encoded once. */
export function issueMails(services: IssueMailServices): (issueId: string) => Promise<IssueMails> {
  const kept = new LRUCache<string, Promise<IssueMails>>({ max: KEPT })
  const open = async (issueId: string): Promise<IssueMails> => {
    const letter = await mailingsRepository(services.db).letter(issueId)
    if (!letter) throw new Error('This issue was never handed over to be mailed.')
    return mailsOf(letter, services)
  }
  return issueId => {
    const known = kept.get(issueId)
    if (known) return known
    const opened = open(issueId)
    kept.set(issueId, opened)
    opened.catch(() => kept.delete(issueId))
    return opened
  }
}

function mailsOf(letter: FrozenLetter, { mail, tokens, siteUrl }: IssueMailServices): IssueMails {
  const { mailFrom } = mail
  const domain = mailFrom.slice(mailFrom.lastIndexOf('@') + 1)
  const blueprint = mail.blueprint(draftOf(letter, { mailFrom, domain, siteUrl }))
  return {
    started: Date.parse(letter.started ?? letter.created),
    async mail(readerId, to) {
      return {
        from: returnPath(mailFrom, tokens.returnTag(letter.number, readerId)),
        message: await copyFor(blueprint, readerId, to),
      }
    },
  }

  function copyFor(of: Blueprint, readerId: string, to: string): Promise<Buffer> {
    const leave = tokens.link('unsubscribe', readerId)
    const preferences = tokens.link('preferences', readerId)
    return of.fill({
      to,
      messageId: messageIdOf(letter.issueId, readerId, domain),
      headers: unsubscribeHeaders(`${siteUrl}/newsletter/unsubscribe/${leave}`),
      values: { [marks.leave]: leave, [marks.preferences]: preferences, [marks.address]: to },
    })
  }
}

function draftOf(
  { fromName, subject, html, text, created, number }: FrozenLetter,
  { mailFrom, domain, siteUrl }: { mailFrom: string; domain: string; siteUrl: string },
) {
  return {
    ...{ fromName, subject, html, text, date: new Date(created), marks: Object.values(marks) },
    headers: sharedListHeaders({
      listId: `newsletter.${domain}`,
      listName: fromName,
      archiveUrl: `${siteUrl}/newsletter/issues`,
      ownerAddress: mailFrom,
      subscribeUrl: `${siteUrl}/newsletter`,
      feedbackId: `${number}:issue:newsletter:${domain}`,
    }),
  }
}
