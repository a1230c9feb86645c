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

/** Mails to one reader about their subscription. Each has its ways to change it and to leave: by page for people, in one click for mail programs (RFC 8058). */
export function readerLetters({ mail, site, tokens, siteUrl }: LetterServices) {
  const letter = async (
    view: string,
    { id, email }: Addressee,
    subject: (siteName: string) => string,
    confirmUrl?: string,
  ): Promise<Message> => {
    const { identity } = await site.site()
    const leaveUrl = `${siteUrl}/newsletter/unsubscribe/${tokens.link('unsubscribe', id)}`
    const model = {
      title: subject(identity.name),
      siteName: identity.name,
      ...{ siteUrl, leaveUrl, confirmUrl, language: identity.language },
      preferencesUrl: `${siteUrl}/newsletter/preferences/${tokens.link('preferences', id)}`,
      footer: `This mail went to ${email}, since somebody entered that address at ${siteUrl}.`,
    }
    return {
      to: email,
      subject: model.title,
      fromName: identity.name,
      ...(await mail.compose(`newsletter/mail/${view}`, model)),
      headers: { 'List-Unsubscribe': `<${leaveUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    }
  }

  return {
    confirm: (reader: Addressee, token: string) =>
      letter(
        'confirm',
        reader,
        name => `Please confirm: ${name} by mail`,
        `${siteUrl}/newsletter/confirm/${token}`,
      ),
    already: (reader: Addressee) => letter('already', reader, name => `You already get ${name} by mail`),
    welcome: (reader: Addressee) => letter('welcome', reader, name => `Welcome to ${name} by mail`),
    /** To the new address of a reader who wants to move there. */
    move: (reader: Addressee, token: string) =>
      letter(
        'move',
        reader,
        name => `Confirm your new address for ${name}`,
        `${siteUrl}/newsletter/move/${token}`,
      ),
    /** To the address that a reader has left. */
    moved: (reader: Addressee) =>
      letter('moved', reader, name => `Your mail from ${name} goes elsewhere now`),
  }
}
