import type { ReaderTokens } from '../tokens.js'
import { fieldGroups, type OpenedMail } from './opened.js'

/** Whose mail it was that came back, and which: 0 for one that is no issue, undefined when it is not known. */
export interface Trace {
  readerId: string
  issueNumber?: number | undefined
}

// Where mail servers keep the address that a mail came to.
const received = ['x-original-to', 'delivered-to', 'envelope-to', 'x-envelope-to', 'x-rcpt-to', 'to']
const MOST_TRIED = 20

/**
 * Finds out whose mail came back: by the return path that the report came to, then by that of the mail inside the report, then by
 * the link to leave that stands in it. All three carry a mac; a bare address in a report, which anybody can write, counts for nothing.
 * @param tagOf the tag of an address, if it is a return path of this site
 */
export function traceOf(
  mail: OpenedMail | undefined,
  envelopeTo: string | undefined,
  { tokens, tagOf }: { tokens: ReaderTokens; tagOf(address: string): string | undefined },
): Trace | undefined {
  const feedback = fieldGroups(mail?.feedback ?? '')
  const inside = new Map(
    fieldGroups(mail?.returned ?? '')
      .slice(0, 1)
      .flatMap(group => [...group]),
  )
  const addresses = [
    envelopeTo ?? '',
    ...received.flatMap(name => mail?.fields.get(name) ?? []),
    ...feedback.map(group => group.get('original-mail-from') ?? ''),
    inside.get('return-path') ?? '',
  ].flatMap(addressesIn)
  for (const address of addresses.slice(0, MOST_TRIED)) {
    const tag = tagOf(address)
    const read = tag && tokens.readReturnTag(tag)
    if (read) return read
  }
  const link = /\/newsletter\/unsubscribe\/([\w-]{34,43})(?![\w-])/.exec(inside.get('list-unsubscribe') ?? '')
  const readerId = link?.[1] && tokens.readLink('unsubscribe', link[1])
  return readerId ? { readerId } : undefined
}

function addressesIn(text: string): string[] {
  return (text.slice(0, 4_000).match(/[^\s<>"(),:;@]{1,64}@[^\s<>"(),:;@]{1,255}/g) ?? []).slice(
    0,
    MOST_TRIED,
  )
}
