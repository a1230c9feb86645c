import type { Transaction } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import {
  type Container,
  changeContainer,
  containerAt,
  insertContainer,
  type Kind,
  reportProblems,
} from './containers.js'
import { ask, type Field } from './dialog.js'
import { linkAt, removeLink, setLink } from './links.js'
import { insertTable } from './tables.js'

const isPlainDate = (value = '') => value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value)

const titles: Record<Kind, [insert: string, change: string]> = {
  report: ['Credit another outlet’s report', 'Details of the report'],
  note: ['Editor’s note', 'Editor’s note'],
  pullquote: ['Pull quote', 'Pull quote'],
}

/** The form of a block: changes the one of this kind at the cursor, or writes a new one. */
export async function askForBlock(view: EditorView, kind: Kind): Promise<void> {
  const around = containerAt(view.state)
  const placed = around?.kind === kind ? around : null
  const answer = await ask({
    title: titles[kind][placed ? 1 : 0],
    fields: blockFields(kind, placed ?? { kind, attributes: {}, text: selectedText(view) }),
    confirm: placed ? 'Change' : 'Insert',
    check: values => blockProblems(kind, values),
  })
  if (answer) {
    const { text = '', ...attributes } = answer
    const { state } = view
    view.dispatch(
      placed
        ? state.update(changeContainer(state, placed, { attributes, text }))
        : insertOver(view, { kind, attributes, text }),
    )
  }
  view.focus()
}

function blockFields(kind: Kind, { attributes, text }: Container): Field[] {
  const named = (name: string, label: string, more: Partial<Field> = {}): Field => ({
    name,
    label,
    value: attributes[name] ?? '',
    ...more,
  })
  const date = (name: string, label: string) =>
    named(name, label, { type: isPlainDate(attributes[name]) ? 'date' : 'text' })
  const report = [
    named('outlet', 'Outlet', { help: 'Who reported it, as the outlet writes its own name.' }),
    named('byline', 'Byline'),
    named('headline', 'Headline'),
    named('url', 'Address of the report', { type: 'url' }),
    date('published', 'Published'),
    date('updated', 'Updated'),
  ]
  const label =
    kind === 'report' ? 'What it reported, quoted or summed up' : kind === 'note' ? 'Note' : 'Quotation'
  return [...(kind === 'report' ? report : []), { name: 'text', label, type: 'textarea', value: text }]
}

function blockProblems(kind: Kind, values: Record<string, string>): Record<string, string> {
  const problems = kind === 'report' ? reportProblems(values) : {}
  if (kind !== 'report' && !values.text?.trim()) problems.text = 'Write what it should say.'
  return problems
}

function selectedText({ state }: EditorView): string {
  return state.sliceDoc(state.selection.main.from, state.selection.main.to).trim()
}

/** A selected passage becomes the block's text, in its place. */
function insertOver({ state }: EditorView, container: Container): Transaction {
  const { from, to, empty } = state.selection.main
  if (empty) return state.update(insertContainer(state, container))
  const removal = { changes: { from, to }, selection: { anchor: from } }
  const block = insertContainer(state.update(removal).state, container)
  return state.update(removal, { ...block, sequential: true })
}

/** Asks for a link's address, and for its words where none are selected. */
export async function askForLink(view: EditorView): Promise<void> {
  const { text, address, exists } = linkAt(view.state)
  const answer = await ask({
    title: exists ? 'Change the link' : 'Link',
    fields: [
      { name: 'text', label: 'Words of the link', value: text },
      {
        name: 'address',
        label: 'Address',
        value: address,
        help: 'For example https://example.org/report, or /articles/… for a story of ours.',
      },
    ],
    confirm: exists ? 'Change' : 'Insert',
    check: linkProblems,
    others: exists ? [{ label: 'Remove the link', act: () => view.dispatch(removeLink(view.state)) }] : [],
  })
  if (answer)
    view.dispatch(
      setLink(view.state, { text: answer.text?.trim() ?? '', address: answer.address?.trim() ?? '' }),
    )
  view.focus()
}

function linkProblems({ text = '', address = '' }: Record<string, string>): Record<string, string> {
  const problems: Record<string, string> = {}
  if (!text.trim()) problems.text = 'Write the words that readers will click.'
  if (!/^(https?:\/\/[^\s/]|mailto:\S|tel:\S|\/(?!\/)|#)/i.test(address.trim()))
    problems.address = 'Begin with https://, http://, mailto:, or with / for a page of ours.'
  return problems
}

/** Asks how large a new table shall be. */
export async function askForTable(view: EditorView): Promise<void> {
  const answer = await ask({
    title: 'Table',
    fields: [
      { name: 'columns', label: 'Columns', type: 'number', value: '3', min: 1, max: 12 },
      { name: 'rows', label: 'Rows below the headings', type: 'number', value: '2', min: 1, max: 100 },
    ],
    confirm: 'Insert',
    check: ({ columns, rows }) => ({
      ...(within(columns, 12) ? {} : { columns: 'Choose from 1 to 12 columns.' }),
      ...(within(rows, 100) ? {} : { rows: 'Choose from 1 to 100 rows.' }),
    }),
  })
  if (answer) view.dispatch(insertTable(view.state, Number(answer.rows), Number(answer.columns)))
  view.focus()
}

function within(text: string | undefined, most: number): boolean {
  const number = Number(text)
  return Number.isInteger(number) && number >= 1 && number <= most
}
