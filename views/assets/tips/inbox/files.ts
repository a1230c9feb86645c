import { entryName } from '../../../../src/tips/sealing/entry-name.js'
import type { OpenedEntry } from '../open.js'
import { type Kind, kindOf } from './kinds.js'
import { openPart, peekFile, Unopened } from './parts.js'
import { endingOf, Undrawn, withoutMetadata } from './pictures.js'
import { element, shownSize } from './words.js'

// Smaller files are opened as a whole, which tells their size; of larger ones the beginning is.
const SMALL = 2_097_152

/** Shows what a sealed file is, with buttons that fetch and open it; its content is dropped again after each. */
export async function showFile(part: HTMLElement, signal: AbortSignal): Promise<void> {
  const { part: address = '', size = '0' } = part.dataset
  const isSmall = Number(size) <= SMALL
  const file = isSmall ? await onlyFile(address, signal) : await peekFile(address, signal)
  const name = entryName(file.name)
  const kind = kindOf(name, file.content)
  const length = isSmall ? shownSize(file.content.length) : `at most ${shownSize(Number(size))}`
  const line = element('p')
  line.append(
    element('bdi', { text: name, className: 'file-name' }),
    element('span', { text: ` ${kind.label}, ${length}`, className: 'sealed' }),
  )
  const status = element('p', { className: 'help' })
  status.setAttribute('role', 'status')
  const actions = element('div', { className: 'actions' })
  actions.append(...buttonsFor({ part, address, name, kind, status }))
  part.replaceChildren(
    line,
    ...(kind.warning ? [element('p', { text: kind.warning, className: 'help' })] : []),
    actions,
    status,
  )
}

interface ShownFile {
  part: HTMLElement
  address: string
  name: string
  kind: Kind
  status: HTMLElement
}

function buttonsFor({ part, address, name, kind, status }: ShownFile): HTMLElement[] {
  const { picture } = kind
  const save = button(picture ? 'Save the original' : 'Save', status, async () => {
    const { content } = await onlyFile(address)
    saveAs(new Blob([content], { type: 'application/octet-stream' }), name)
  })
  if (!picture) return [save]
  const clean = button('Save without metadata', status, async () => {
    const { content } = await onlyFile(address)
    const drawn = await withoutMetadata(content, picture)
    saveAs(drawn, `picture-${address.split('/').at(-1)}.${endingOf(drawn)}`)
  })
  const show = button('Show', status, async () => {
    const shown = part.querySelector('img')
    if (shown) {
      URL.revokeObjectURL(shown.src)
      shown.remove()
    } else {
      const { content } = await onlyFile(address)
      const image = element('img')
      image.alt = 'A picture that came with the tip'
      image.src = URL.createObjectURL(new Blob([content], { type: picture }))
      part.append(image)
    }
    show.textContent = shown ? 'Show' : 'Hide'
  })
  return [show, clean, save]
}

function button(label: string, status: HTMLElement, deed: () => Promise<void>): HTMLButtonElement {
  const made = element('button', { text: label, type: 'button', className: 'quiet small' })
  made.addEventListener('click', async () => {
    made.disabled = true
    status.textContent = 'Opening…'
    try {
      await deed()
      status.textContent = ''
    } catch (error) {
      const isSaid = error instanceof Unopened || error instanceof Undrawn
      status.textContent = isSaid ? error.message : 'It could not be opened.'
    }
    made.disabled = false
  })
  return made
}

async function onlyFile(address: string, signal?: AbortSignal): Promise<OpenedEntry> {
  const [file] = await openPart(address, signal)
  if (!file) throw new Unopened('There is no file in this part.')
  return file
}

/** Hands something to the browser to save. It is never opened by itself. */
export function saveAs(content: Blob, name: string): void {
  const link = element('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // Once the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
