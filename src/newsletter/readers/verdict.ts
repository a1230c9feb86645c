import type { ImportChoices, ImportCounts, KnownReader, ReaderLine, Status } from './schema.js'

/** What becomes of a line: the name of the count that it is added to. */
export type Verdict = Exclude<keyof ImportCounts, 'lines' | 'repeated' | 'invalid'>

/**
 * What a new reader's status is. A file alone makes nobody active: only somebody who vouches for it does. Who left, or never
 * confirmed, stays so whoever vouches.
 */
export function statusOf({ status }: ReaderLine, { confirmed }: Pick<ImportChoices, 'confirmed'>): Status {
  if (status === 'unsubscribed' || status === 'pending') return status
  return confirmed ? 'active' : 'pending'
}

/**
 * What becomes of a line. Readers who are on the list are left as they are, but for what is missing; the suppression list goes
 * before everything; who left comes back only when the owner says so.
 */
export function verdictOf(
  line: ReaderLine,
  known: KnownReader | undefined,
  isSuppressed: boolean,
  choices: ImportChoices,
): Verdict {
  if (!known) return isSuppressed ? 'suppressed' : 'added'
  if (known.suppressed || isSuppressed) return 'known'
  if (line.suppressed) return 'completed'
  const wanted = statusOf(line, choices)
  if (known.status === 'unsubscribed')
    return choices.revive && wanted !== 'unsubscribed' ? 'revived' : 'known'
  if (wanted === 'unsubscribed' && (line.unsubscribed ?? '') > (known.confirmed ?? known.created))
    return 'left'
  if (known.status === 'pending' && wanted === 'active') return 'activated'
  return known.name === '' && line.name !== '' ? 'completed' : 'known'
}
