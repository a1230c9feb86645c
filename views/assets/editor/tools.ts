import { redo, undo } from '@codemirror/commands'
import { openSearchPanel } from '@codemirror/search'
import type { StateCommand } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { bulletedList, heading, italic, nodeAround, numberedList, quotation, strong } from './commands.js'
import { containerAt, type Kind } from './containers.js'
import { footnote } from './footnotes.js'
import type { icons } from './icons.js'
import { askForBlock, askForLink, askForTable } from './questions.js'
import { addColumn, addRow, inTable, removeColumn, removeRow } from './tables.js'

/** What the toolbar asks of the page around it; tools for what a page does not have are left out. */
export interface Desk {
  choosePicture?(view: EditorView): void
  toggleFullScreen?(): boolean
  /** answers whether there was something to leave */
  leaveFullScreen?(): boolean
  togglePreview?(): boolean
  save(): void
}

/** A tool: a button of the toolbar and the shortcut that does the same. */
export interface Tool {
  label: string
  icon: keyof typeof icons
  /** in CodeMirror's notation, `Mod` being Ctrl or ⌘ */
  key?: string
  run(view: EditorView): unknown
  /** whether the cursor is in what it makes; only tools that toggle have it */
  pressed?(view: EditorView): boolean
  /** hidden elsewhere */
  within?(view: EditorView): boolean
}

const command = (act: StateCommand) => (view: EditorView) => {
  act(view)
  view.focus()
}

const inside =
  (...names: string[]) =>
  ({ state }: EditorView) =>
    nodeAround(state, ...names) !== null

const block = (kind: Kind, label: string, key: string): Tool => ({
  label,
  icon: kind,
  key,
  run: view => askForBlock(view, kind),
  pressed: ({ state }) => containerAt(state)?.kind === kind,
})

const table = (label: string, icon: Tool['icon'], act: StateCommand): Tool => ({
  label,
  icon,
  run: command(act),
  within: ({ state }) => inTable(state),
})

/** The tools as they stand in the toolbar, what belongs together side by side. */
export function groups(desk: Desk): Tool[][] {
  const tools: Tool[][] = [
    [
      {
        label: 'Heading',
        icon: 'h2',
        key: 'Mod-Alt-2',
        run: command(heading(2)),
        pressed: inside('ATXHeading2'),
      },
      {
        label: 'Smaller heading',
        icon: 'h3',
        key: 'Mod-Alt-3',
        run: command(heading(3)),
        pressed: inside('ATXHeading3'),
      },
    ],
    [
      { label: 'Bold', icon: 'bold', key: 'Mod-b', run: command(strong), pressed: inside('StrongEmphasis') },
      { label: 'Italic', icon: 'italic', key: 'Mod-i', run: command(italic), pressed: inside('Emphasis') },
      { label: 'Link', icon: 'link', key: 'Mod-k', run: askForLink, pressed: inside('Link') },
    ],
    [
      {
        label: 'Bulleted list',
        icon: 'bullets',
        key: 'Mod-Shift-8',
        run: command(bulletedList),
        pressed: inside('BulletList'),
      },
      {
        label: 'Numbered list',
        icon: 'numbers',
        key: 'Mod-Shift-7',
        run: command(numberedList),
        pressed: inside('OrderedList'),
      },
      {
        label: 'Quotation',
        icon: 'quote',
        key: 'Mod-Shift-9',
        run: command(quotation),
        pressed: inside('Blockquote'),
      },
    ],
    [
      { label: 'Footnote', icon: 'footnote', key: 'Mod-Alt-f', run: command(footnote) },
      { label: 'Table', icon: 'table', key: 'Mod-Alt-t', run: askForTable },
      table('Add a row', 'addRow', addRow),
      table('Remove the row', 'removeRow', removeRow),
      table('Add a column', 'addColumn', addColumn),
      table('Remove the column', 'removeColumn', removeColumn),
      ...have(desk.choosePicture, run => ({ label: 'Picture', icon: 'picture', key: 'Mod-Alt-p', run })),
    ],
    [
      block('report', 'Report', 'Mod-Alt-r'),
      block('note', 'Editor’s note', 'Mod-Alt-n'),
      block('pullquote', 'Pull quote', 'Mod-Alt-q'),
    ],
    [
      { label: 'Undo', icon: 'undo', key: 'Mod-z', run: command(undo) },
      { label: 'Redo', icon: 'redo', key: 'Mod-Shift-z', run: command(redo) },
      { label: 'Find', icon: 'find', key: 'Mod-f', run: openSearchPanel },
    ],
    [
      ...have(desk.toggleFullScreen, toggle => ({
        label: 'Full screen',
        icon: 'fullScreen',
        key: 'Mod-Alt-w',
        run: toggled(toggle),
        pressed: () => document.body.classList.contains('full-screen'),
      })),
      ...have(desk.togglePreview, toggle => ({
        label: 'Live preview',
        icon: 'preview',
        key: 'Mod-Alt-v',
        run: toggled(toggle),
        pressed: () => document.body.classList.contains('with-preview'),
      })),
    ],
  ]
  return tools.filter(group => group.length > 0)
}

function toggled(toggle: () => boolean) {
  return (view: EditorView) => {
    toggle()
    view.dispatch({})
    view.focus()
  }
}

function have<Ability>(ability: Ability | undefined, tool: (ability: Ability) => Tool): Tool[] {
  return ability ? [tool(ability)] : []
}
