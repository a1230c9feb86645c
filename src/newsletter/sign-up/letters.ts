import { LRUCache } from 'lru-cache'
import {
  type Letter,
  letterOf,
  type MailService,
  type Message,
  unsubscribeHeaders,
} from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import { marks } from '../letters/marks.js'
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

/** The token of the link that does what a letter is about. */
const DEED = 'xq7deedtokenxq7'

const subjects = {
  confirm: (name: string) => `Please confirm: ${name} by mail`,
  already: (name: string) => `You already get ${name} by mail`,
  welcome: (name: string) => `Welcome to ${name} by mail`,
  move: (name: string) => `Confirm your new address for ${name}`,
  moved: (name: string) => `Your mail from ${name} goes elsewhere now`,
}
type View = keyof typeof subjects

// Five views; a site that changes its name leaves the older ones behind.
const MOST_KEPT = 10

/**
 * Mails to one reader about their subscription. Those to readers have ways to change it and to leave: by page for people, in one
 * click for mail programs (RFC 8058). Mail to an address that is not proven to be the reader's must hold no link of theirs. What
 * is the same for all is composed once, with marks where each reader has something of their own.
 */
export function readerLetters({ mail, site, tokens, siteUrl }: LetterServices) {
  const kept = new LRUCache<string, Promise<Letter>>({ max: MOST_KEPT })
  const leaveUrl = (token: string) => `${siteUrl}/newsletter/unsubscribe/${token}`

  const compose = async (view: View, siteName: string, language: string): Promise<Letter> => {
    const subject = subjects[view](siteName)
    const isForReader = view !== 'move' && view !== 'moved'
    const parts = await mail.compose(`newsletter/mail/${view}`, {
      ...{ title: subject, siteUrl, siteName, language },
      footer: `This mail went to ${marks.address}, since somebody entered that address at ${siteUrl}.`,
      confirmUrl: `${siteUrl}/newsletter/${view === 'move' ? 'move' : 'confirm'}/${DEED}`,
      ...(isForReader && {
        leaveUrl: leaveUrl(marks.leave),
        preferencesUrl: `${siteUrl}/newsletter/preferences/${marks.preferences}`,
      }),
    })
    return letterOf({ fromName: siteName, subject, ...parts, marks: [...Object.values(marks), DEED] })
  }

  const letter = async (view: View): Promise<Letter> => {
    const { name, language } = (await site.site()).identity
    const key = JSON.stringify([view, name, language])
    const known = kept.get(key)
    if (known) return known
    const composed = compose(view, name, language)
    kept.set(key, composed)
    composed.catch(() => kept.delete(key))
    return composed
  }

  const toReader = async (view: View): Promise<(reader: Addressee, token?: string) => Message> => {
    const composed = await letter(view)
    return ({ id, email }, token = '') => {
      const leave = tokens.link('unsubscribe', id)
      const preferences = tokens.link('preferences', id)
      return {
        ...{ to: email, letter: composed, returnTag: tokens.returnTag(0, id) },
        headers: unsubscribeHeaders(leaveUrl(leave)),
        values: {
          ...{ [marks.leave]: leave, [marks.preferences]: preferences, [marks.address]: email },
          ...(token && { [DEED]: token }),
        },
      }
    }
  }

  return {
    /** Each of these is awaited before a transaction, and then makes a mail at once. */
    confirm: async (): Promise<(reader: Addressee, token: string) => Message> => toReader('confirm'),
    already: async (): Promise<(reader: Addressee) => Message> => toReader('already'),
    welcome: async (): Promise<(reader: Addressee) => Message> => toReader('welcome'),
    /** To the address where a reader wants the mail to go. */
    move: async (to: string, token: string): Promise<Message> => ({
      ...{ to, letter: await letter('move'), values: { [marks.address]: to, [DEED]: token } },
    }),
    /** To the address that a reader has left. */
    moved: async (to: string): Promise<Message> => ({
      ...{ to, letter: await letter('moved'), values: { [marks.address]: to } },
    }),
  }
}
