import { type Change, diffWordsWithSpace } from 'diff'
import { element } from './element.js'
import { asText, differences, type Fields } from './fields.js'

const labels: Record<string, string> = {
  title: 'Title',
  dek: 'Dek',
  body: 'Text',
  slug: 'Address',
  section: 'Section',
  tags: 'Tags',
  authors: 'Authors',
  heroMedia: 'Picture',
  heroAlt: 'Picture’s alt text',
  heroCaption: 'Picture’s caption',
  heroCredit: 'Picture’s credit',
  quickNoteChoice: 'Quick note',
  quickNote: 'Quick note’s text',
  canonicalUrl: 'Original',
  embargo: 'Embargo note',
}

/** Two versions side by side, field by field, the words that differ marked. Both texts are complete. */
export function comparison(
  left: { name: string; fields: Fields },
  right: { name: string; fields: Fields },
): HTMLElement {
  const names = differences(left.fields, right.fields)
  const box = element('div', { class: 'comparison' })
  if (!names.length) box.append(element('p', {}, 'The two are the same.'))
  for (const name of names) {
    const label = labels[name] ?? name
    const changes = wordsOf(spoken(name, left.fields[name]), spoken(name, right.fields[name]))
    box.append(
      element('h3', {}, label),
      element(
        'div',
        { class: 'sides' },
        side(left.name, label, changes, 'removed'),
        side(right.name, label, changes, 'added'),
      ),
    )
  }
  return box
}

function side(name: string, label: string, changes: Change[], own: 'added' | 'removed'): HTMLElement {
  const text = element('div', {
    class: 'side',
    dir: 'auto',
    tabindex: 0,
    role: 'group',
    'aria-label': `${label}: ${name}`,
  })
  for (const change of changes) {
    if (!change.added && !change.removed) text.append(change.value)
    else if (change[own]) text.append(element(own === 'added' ? 'ins' : 'del', {}, change.value))
  }
  if (!text.textContent) text.append(element('span', { class: 'soft' }, 'Nothing stands here.'))
  return element('div', {}, element('h4', {}, name), text)
}

/** A choice by its words, not by its id. */
function spoken(name: string, value: string | string[] | undefined): string {
  const texts = [value ?? ''].flat().map(one => labelOf(name, one))
  return asText(texts)
}

function labelOf(name: string, value: string): string {
  if (!value) return ''
  for (const control of document.getElementsByName(name)) {
    if (control instanceof HTMLSelectElement) {
      const option = [...control.options].find(one => one.value === value)
      return option?.text ?? value
    }
    if (control instanceof HTMLInputElement && control.type !== 'text' && control.value === value)
      return control.labels?.[0]?.textContent?.trim() || value
  }
  return value
}

// Two long texts with nothing in common would take minutes; then they are shown without marks.
function wordsOf(left: string, right: string): Change[] {
  const changes = diffWordsWithSpace(left, right, { timeout: 1_500 })
  return (
    changes ?? [
      { value: left, removed: true, added: false, count: 1 },
      { value: right, removed: false, added: true, count: 1 },
    ]
  )
}
