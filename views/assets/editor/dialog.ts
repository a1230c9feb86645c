import { button, element } from './element.js'

/** A labelled field of a dialog. */
export interface Field {
  name: string
  label: string
  type?: 'text' | 'url' | 'date' | 'number' | 'textarea' | 'checkbox'
  value?: string
  help?: string
  min?: number
  max?: number
}

interface Question {
  title: string
  fields: Field[]
  confirm: string
  /** messages by field; none lets the dialog close */
  check?(values: Record<string, string>): Record<string, string>
  /** stands above the fields */
  intro?: Node
  /** what else one may do; closes the dialog */
  others?: { label: string; act(): void }[]
}

let count = 0

/** Asks for some fields in a dialog. Answers what was entered, or null when it was left. */
export function ask(question: Question): Promise<Record<string, string> | null> {
  return new Promise(resolve => {
    const { dialog, form, close } = frame(question.title)
    const inputs = question.fields.map(fieldRow)
    const others = (question.others ?? []).map(({ label, act }) =>
      button(
        label,
        () => {
          close()
          act()
        },
        { class: 'quiet' },
      ),
    )
    form.append(
      ...(question.intro ? [question.intro] : []),
      ...inputs.map(({ row }) => row),
      element(
        'p',
        { class: 'dialog-actions' },
        element('button', {}, question.confirm),
        button('Cancel', close, { class: 'quiet' }),
        ...others,
      ),
    )
    let answer: Record<string, string> | null = null
    form.addEventListener('submit', event => {
      event.preventDefault()
      const values = Object.fromEntries(inputs.map(({ field, input }) => [field.name, entered(input)]))
      const problems = question.check?.(values) ?? {}
      for (const input of inputs) tell(input, problems[input.field.name])
      const wrong = inputs.find(({ field }) => problems[field.name])
      if (wrong) return wrong.input.focus()
      answer = values
      close()
    })
    dialog.addEventListener('close', () => resolve(answer))
    show(dialog)
  })
}

/** An empty dialog with a heading. It is gone from the page when it is closed, and focus is back where it was. */
export function frame(title: string, options: { wide?: boolean } = {}) {
  const id = `dialog-${++count}`
  const before = document.activeElement as HTMLElement | null
  const form = element('form', { novalidate: true })
  const dialog = element(
    'dialog',
    { class: options.wide ? 'editor-dialog wide' : 'editor-dialog', 'aria-labelledby': id },
    element('h2', { id }, title),
    form,
  )
  const close = () => dialog.close()
  dialog.addEventListener('close', () => {
    dialog.remove()
    before?.focus()
  })
  return { dialog, form, close }
}

export function show(dialog: HTMLDialogElement): void {
  document.body.append(dialog)
  dialog.showModal()
}

type Input = HTMLInputElement | HTMLTextAreaElement

interface Row {
  field: Field
  row: HTMLElement
  input: Input
  error: HTMLElement
}

function fieldRow(field: Field): Row {
  const id = `field-${++count}`
  const help = field.help && element('p', { class: 'help', id: `${id}-help` }, field.help)
  const error = element('p', { class: 'error', id: `${id}-error`, hidden: true })
  const described = [help && `${id}-help`, `${id}-error`].filter(Boolean).join(' ')
  const attributes = { id, name: field.name, 'aria-describedby': described, min: field.min, max: field.max }
  const input: Input =
    field.type === 'textarea'
      ? element('textarea', { ...attributes, rows: 6 })
      : element('input', { ...attributes, type: field.type ?? 'text', autocomplete: 'off' })
  if (input instanceof HTMLInputElement && field.type === 'checkbox') input.checked = field.value === 'on'
  else input.value = field.value ?? ''
  const label = element('label', { for: id }, field.label)
  const parts =
    field.type === 'checkbox' ? [element('span', { class: 'tick' }, input, label)] : [label, input]
  const row = element('div', { class: 'field' }, ...parts, ...(help ? [help] : []), error)
  return { field, row, input, error }
}

function entered(input: Input): string {
  if (input instanceof HTMLInputElement && input.type === 'checkbox') return input.checked ? 'on' : ''
  return input.value
}

function tell({ input, error }: Row, problem: string | undefined): void {
  error.textContent = problem ?? ''
  error.hidden = !problem
  if (problem) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
}
