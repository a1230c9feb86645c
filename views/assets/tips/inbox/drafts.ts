// What somebody has begun to write, kept in this tab's memory while the page around it changes.
const drafts = new Map<string, string>()

const fields = () => document.querySelectorAll<HTMLFormElement>('form[data-write]')

/** Remembers what stands in the fields of the page. */
export function keepDrafts(): void {
  for (const form of fields()) {
    const text = form.querySelector('textarea')?.value ?? ''
    if (text) drafts.set(form.dataset.write ?? '', text)
    else drafts.delete(form.dataset.write ?? '')
  }
}

export function putBackDrafts(): void {
  for (const form of fields()) {
    const field = form.querySelector('textarea')
    if (field) field.value = drafts.get(form.dataset.write ?? '') ?? ''
  }
}
