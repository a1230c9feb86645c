import { syntaxTree } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { insertBlock, nodeAround } from './commands.js'
import { button } from './element.js'
import type { Library } from './library.js'
import { describePicture, imagesOf, pickPictures } from './picture-dialog.js'
import { readPicture, writePicture } from './pictures.js'
import { isOwnPicture, type LibraryPicture } from './widgets.js'

/** Pictures dropped on the text or pasted into it are uploaded and set where they fell. */
export function droppedPictures(library: Library): Extension {
  return EditorView.domEventHandlers({
    drop(event, view) {
      const files = imagesOf(event.dataTransfer)
      if (!files.length) return false
      event.preventDefault()
      const position = view.posAtCoords({ x: event.clientX, y: event.clientY })
      if (position !== null) view.dispatch({ selection: { anchor: position } })
      void insertPictures(view, library, files)
      return true
    },
    paste(event, view) {
      const files = imagesOf(event.clipboardData)
      // Word processors send a picture of a text along with the text.
      if (!files.length || event.clipboardData?.getData('text/plain')) return false
      event.preventDefault()
      void insertPictures(view, library, files)
      return true
    },
  })
}

/** The picture button: changes the picture at the cursor, or sets new ones behind the paragraph. */
export async function pictureTool(view: EditorView, library: Library): Promise<void> {
  const node = nodeAround(view.state, 'Image')
  return node ? editPicture(view, library, node.from) : insertPictures(view, library)
}

async function insertPictures(view: EditorView, library: Library, files: File[] = []): Promise<void> {
  for (const picture of await pickPictures(library, files)) {
    const { name, alt, caption = '', credit = '' } = picture
    const markup = await describePicture(picture, { name, alt, caption, credit }, 'Insert')
    if (markup) view.dispatch(insertBlock(view.state, writePicture(markup)))
  }
  view.focus()
}

/** Asks for the texts of the picture whose markup ends at, or holds, a position. */
export async function editPicture(view: EditorView, library: Library, position: number): Promise<void> {
  const node = imageAt(view, position)
  if (!node) return
  const written = view.state.sliceDoc(node.from, node.to)
  const current = readPicture(written)
  if (!current) {
    view.dispatch({ selection: { anchor: node.from } })
    return view.focus()
  }
  const changed = await describePicture(library.find(current.name), current, 'Change')
  const same = changed && (['alt', 'caption', 'credit'] as const).every(key => changed[key] === current[key])
  if (changed && !same) {
    view.dispatch({
      changes: { from: node.from, to: node.to, insert: writePicture(changed) },
      userEvent: 'input.picture',
    })
  }
  view.focus()
}

function imageAt({ state }: EditorView, position: number) {
  for (const side of [-1, 1] as const) {
    const tree = syntaxTree(state)
    for (let node = tree.resolveInner(position, side); node.parent; node = node.parent)
      if (node.name === 'Image') return node
  }
  return null
}

/** The picture above the article is chosen in the same dialog; the plain list stays for who prefers it. */
export function openHeroPicker(form: HTMLFormElement, library: Library): void {
  const box = form.querySelector<HTMLElement>('[data-picture-picker]')
  const field = form.elements.namedItem('heroMedia')
  if (!box || !(field instanceof HTMLSelectElement)) return
  const take = ({ id, name, alt, caption = '', credit = '' }: LibraryPicture) => {
    if (![...field.options].some(option => option.value === id)) field.add(new Option(name, id))
    field.value = id
    for (const [key, value] of Object.entries({ heroAlt: alt, heroCaption: caption, heroCredit: credit })) {
      const text = form.elements.namedItem(key)
      if (text instanceof HTMLInputElement || text instanceof HTMLTextAreaElement) text.value ||= value
    }
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  const image = document.createElement('img')
  image.alt = ''
  image.hidden = true
  const shown = async (name: string) => {
    const picture = name ? (library.find(name) ?? (await named(library, name))) : null
    image.hidden = !picture || !isOwnPicture(picture.src)
    if (picture && !image.hidden) image.src = picture.src
  }
  const choose = button(
    'Choose or upload…',
    async () => {
      const [picture] = await pickPictures(library)
      if (picture) take(picture)
    },
    { class: 'quiet' },
  )
  box.append(choose, image)
  const showChosen = () => void shown(field.value ? (field.selectedOptions[0]?.text ?? '') : '')
  field.addEventListener('input', showChosen)
  showChosen()
}

async function named(library: Library, name: string): Promise<LibraryPicture | undefined> {
  const found = await library.search(name).catch(() => undefined)
  return found?.pictures.find(picture => picture.name === name)
}
