import { type Extension, Prec } from '@codemirror/state'
import { type EditorView, keymap, ViewPlugin } from '@codemirror/view'
import { element } from './element.js'
import { icons } from './icons.js'
import { type Desk, groups, type Tool } from './tools.js'

/** A shortcut's action; the key has no other meaning. */
const handled = (act: (view: EditorView) => unknown) => (view: EditorView) => {
  void act(view)
  return true
}

/** The toolbar, and what keeps its buttons and the shortcuts in step with the text. */
export interface Toolbar {
  bar: HTMLElement
  extension: Extension
  attach(view: EditorView): void
}

/**
 * The toolbar's element, and what keeps its buttons and the shortcuts in step with the text.
 * @param controls the id of that text
 */
export function toolbar(desk: Desk, controls = 'editor-text'): Toolbar {
  const bar = element('div', {
    role: 'toolbar',
    class: 'editor-toolbar',
    'aria-label': 'Formatting',
    'aria-controls': controls,
  })
  const tools = groups(desk)
  const buttons: { tool: Tool; node: HTMLButtonElement }[] = []
  for (const group of tools) {
    const box = element('div', { class: 'tools', role: 'group' })
    for (const tool of group) {
      const node = toolButton(tool)
      buttons.push({ tool, node })
      box.append(node)
    }
    bar.append(box)
  }
  rove(
    bar,
    buttons.map(({ node }) => node),
  )
  const keys = tools
    .flat()
    .flatMap(({ key, run }) =>
      key && !['Mod-z', 'Mod-Shift-z', 'Mod-f'].includes(key)
        ? [{ key, preventDefault: true, run: handled(run) }]
        : [],
    )
  // The key by which editors in browsers lead to their toolbar.
  const reach = { key: 'Alt-F10', preventDefault: true, run: () => focusStop(bar) }
  const leave = { key: 'Escape', run: () => desk.leaveFullScreen?.() ?? false }
  const save = { key: 'Mod-s', preventDefault: true, run: handled(desk.save) }
  return {
    bar,
    extension: [
      keymap.of([...keys, save, reach]),
      Prec.lowest(keymap.of([leave])),
      followSelection(view => show(view, buttons)),
    ],
    attach: view => {
      for (const { tool, node } of buttons) node.addEventListener('click', () => void tool.run(view))
    },
  }
}

function toolButton({ label, icon, key, pressed, within }: Tool): HTMLButtonElement {
  const shortcut = key && spoken(key)
  const node = element('button', {
    type: 'button',
    'aria-label': label,
    title: shortcut ? `${label} (${shortcut})` : label,
    'aria-keyshortcuts': key && ariaKeys(key),
    'aria-pressed': pressed && 'false',
    tabindex: -1,
    hidden: Boolean(within),
  })
  node.append(drawing(icon))
  return node
}

/** The icons are paths of our own, drawn in the text's colour. */
function drawing(icon: keyof typeof icons): Node {
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(namespace, 'path')
  path.setAttribute('d', icons[icon])
  svg.append(path)
  return svg
}

const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '')

function spoken(key: string): string {
  const names: Record<string, string> = isMac
    ? { Mod: '⌘', Alt: '⌥', Shift: '⇧' }
    : { Mod: 'Ctrl', Alt: 'Alt', Shift: 'Shift' }
  return key
    .split('-')
    .map(part => names[part] ?? part.toUpperCase())
    .join(isMac ? '' : '+')
}

function ariaKeys(key: string): string {
  return key
    .split('-')
    .map(part =>
      part === 'Mod' ? (isMac ? 'Meta' : 'Control') : part.length === 1 ? part.toUpperCase() : part,
    )
    .join('+')
}

function show(view: EditorView, buttons: { tool: Tool; node: HTMLButtonElement }[]): void {
  for (const { tool, node } of buttons) {
    if (tool.pressed) node.setAttribute('aria-pressed', String(tool.pressed(view)))
    if (tool.within) node.hidden = !tool.within(view)
  }
}

function followSelection(shown: (view: EditorView) => void): Extension {
  return ViewPlugin.define(view => {
    shown(view)
    return { update: update => shown(update.view) }
  })
}

function focusStop(bar: HTMLElement): boolean {
  bar.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
  return true
}

/** One stop for the Tab key; arrows, Home and End go from button to button (ARIA Authoring Practices, toolbar). */
function rove(bar: HTMLElement, nodes: HTMLButtonElement[]): void {
  const stop = (node: HTMLButtonElement) => {
    for (const other of nodes) other.tabIndex = other === node ? 0 : -1
  }
  if (nodes[0]) stop(nodes[0])
  bar.addEventListener('focusin', event => stop(event.target as HTMLButtonElement))
  bar.addEventListener('keydown', event => {
    const seen = nodes.filter(node => !node.hidden)
    const here = seen.indexOf(document.activeElement as HTMLButtonElement)
    const goals: Record<string, number> = {
      ArrowRight: here + 1,
      ArrowLeft: here - 1,
      Home: 0,
      End: seen.length - 1,
    }
    const goal = goals[event.key]
    if (goal === undefined) return
    event.preventDefault()
    seen.at(goal % seen.length)?.focus()
  })
}
