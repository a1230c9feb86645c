import type { MailService, Message } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { ReaderTokens } from '../tokens.js'

export interface LetterServices {
  mail: Pick<MailService, 'compose'>
  site: SiteService
  tokens: ReaderTokens
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

/** Whom a mail is for. */
export interface Addressee {
  id: string
  email: string
}

export type ReaderLetters = ReturnType<typeof readerLetters>

/**
 * Mails to one reader about their subscription. Those to readers have ways to change it and to leave: by page for people, in one
 * click for mail programs (RFC 8058). Mail to an address that is not proven to be the reader's must hold no link of theirs.
 */
export function readerLetters({ mail, site, tokens, siteUrl }: LetterServices) {
  const letter = async (view: string, to: string, subject: (siteName: string) => string, links: object) => {
    const { identity } = await site.site()
    const title = subject(identity.name)
    const model = {
      ...{ title, siteUrl, siteName: identity.name, language: identity.language },
      footer: `This mail went to ${to}, since somebody entered that address at ${siteUrl}.`,
      ...links,
    }
    const composed = await mail.compose(`newsletter/mail/${view}`, model)
    return { to, subject: title, fromName: identity.name, ...composed }
  }

  const toReader = async (
    view: string,
    { id, email }: Addressee,
    subject: (siteName: string) => string,
    confirmUrl?: string,
  ): Promise<Message> => {
    const leaveUrl = `${siteUrl}/newsletter/unsubscribe/${tokens.link('unsubscribe', id)}`
    const preferencesUrl = `${siteUrl}/newsletter/preferences/${tokens.link('preferences', id)}`
    return {
      ...(await letter(view, email, subject, { leaveUrl, preferencesUrl, confirmUrl })),
      headers: { 'List-Unsubscribe': `<${leaveUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      returnTag: tokens.returnTag(0, id),
    }
  }

  return {
    confirm: (reader: Addressee, token: string) =>
      toReader(
        'confirm',
        reader,
        name => `Please confirm: ${name} by mail`,
        `${siteUrl}/newsletter/confirm/${token}`,
      ),
    already: (reader: Addressee) => toReader('already', reader, name => `You already get ${name} by mail`),
    welcome: (reader: Addressee) => toReader('welcome', reader, name => `Welcome to ${name} by mail`),
    /** To the address where a reader wants the mail to go. */
    move: (to: string, token: string): Promise<Message> =>
      letter('move', to, name => `Confirm your new address for ${name}`, {
        confirmUrl: `${siteUrl}/newsletter/move/${token}`,
      }),
    /** To the address that a reader has left. */
    moved: (to: string): Promise<Message> =>
      letter('moved', to, name => `Your mail from ${name} goes elsewhere now`, {}),
  }
}
