import { diffWordsWithSpace } from 'diff'

/** A stretch of text that two states share, or that only the earlier or only the later one has. */
interface Part {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** A field of an article in words that people read: names instead of ids. */
export interface ReadableField {
  name: string
  label: string
  text: string
}

export interface ComparedField {
  name: string
  label: string
  changed: boolean
  parts: Part[]
}

/** Longer than this a comparison word by word would hold up everybody else. */
const MOST_MILLISECONDS = 400

/** What changed between two texts, word by word; texts with nothing much in common are shown one after the other. */
export function wordChanges(before: string, after: string): Part[] {
  if (before === after) return before ? [{ kind: 'same', text: before }] : []
  const changes = diffWordsWithSpace(before, after, { timeout: MOST_MILLISECONDS })
  return changes
    ? changes.map(({ added, removed, value }) => ({ kind: kindOf(added, removed), text: value }))
    : edges(before, after)
}

/** What changed between two states of an article, field by field. */
export function compareFields(before: ReadableField[], after: ReadableField[]): ComparedField[] {
  return after.map(({ name, label, text }) => {
    const former = before.find(field => field.name === name)?.text ?? ''
    return { name, label, changed: former !== text, parts: wordChanges(former, text) }
  })
}

function kindOf(added: boolean | undefined, removed: boolean | undefined): Part['kind'] {
  if (added) return 'added'
  return removed ? 'removed' : 'same'
}

// Beginning and end that both share, and all between them as one change.
function edges(before: string, after: string): Part[] {
  let start = 0
  while (start < before.length && before[start] === after[start]) start += 1
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1
  const parts: Part[] = [
    { kind: 'same', text: before.slice(0, start) },
    { kind: 'removed', text: before.slice(start, before.length - end) },
    { kind: 'added', text: after.slice(start, after.length - end) },
    { kind: 'same', text: before.slice(before.length - end) },
  ]
  return parts.filter(({ text }) => text)
}
