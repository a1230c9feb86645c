import { ask, frame, show } from './dialog.js'
import { button, element } from './element.js'
import type { Library } from './library.js'
import type { PictureMarkup } from './pictures.js'
import { isOwnPicture, type LibraryPicture } from './widgets.js'

/**
 * Lets the writer upload pictures or choose one that is there. Files given (dropped or pasted) are uploaded at once,
 * and the dialog closes by itself when all of them were taken.
 */
export function pickPictures(library: Library, files: File[] = []): Promise<LibraryPicture[]> {
  return new Promise(resolve => {
    const { dialog, form, close } = frame('Pictures', { wide: true })
    let chosen: LibraryPicture[] = []
    const choose = (pictures: LibraryPicture[]) => {
      chosen = pictures
      close()
    }
    const uploads = uploadArea(library, choose)
    form.append(
      uploads.box,
      shelf(library, picture => choose([picture])),
    )
    form.append(element('p', { class: 'dialog-actions' }, button('Cancel', close, { class: 'quiet' })))
    form.addEventListener('submit', event => event.preventDefault())
    dialog.addEventListener('close', () => resolve(chosen))
    show(dialog)
    if (files.length) void uploads.take(files)
  })
}

function uploadArea(library: Library, choose: (pictures: LibraryPicture[]) => void) {
  const input = element('input', { type: 'file', id: 'upload', accept: 'image/*', multiple: true })
  const list = element('ul', { class: 'upload-list', 'aria-live': 'polite' })
  const box = element(
    'div',
    { class: 'upload-area' },
    element('label', { for: 'upload' }, 'Upload pictures'),
    input,
    element('p', { class: 'help' }, 'Choose files, or drop them here.'),
    list,
  )
  const take = async (files: File[]) => {
    const taken: LibraryPicture[] = []
    let refused = false
    for (const file of files) {
      const { pictures, problems } = await uploadOne(library, file, list)
      taken.push(...pictures)
      refused ||= problems.length > 0
    }
    if (!taken.length) return
    if (!refused) return choose(taken)
    list.after(
      button(taken.length > 1 ? `Go on with ${taken.length} pictures` : 'Go on with the picture', () =>
        choose(taken),
      ),
    )
  }
  input.addEventListener('change', () => void take([...(input.files ?? [])]))
  box.addEventListener('dragover', event => event.preventDefault())
  box.addEventListener('drop', event => {
    event.preventDefault()
    void take(imagesOf(event.dataTransfer))
  })
  return { box, take }
}

async function uploadOne(library: Library, file: File, list: HTMLElement) {
  const bar = element('progress', { max: 100, value: 0, 'aria-label': `Upload of ${file.name}` })
  const line = element('li', {}, element('span', { dir: 'auto' }, file.name), ' ', bar)
  list.append(line)
  const answer = await library.upload(file, share => {
    bar.value = Math.round(share * 100)
  })
  const problem = answer.problems.map(refusal => refusal.problem).join(' ')
  bar.replaceWith(element('span', { class: problem ? 'error' : 'help' }, problem || 'Uploaded'))
  return answer
}

/** The pictures of the library, searched as one types. */
function shelf(library: Library, choose: (picture: LibraryPicture) => void): HTMLElement {
  const words = element('input', { type: 'search', id: 'shelf-search', autocomplete: 'off' })
  const grid = element('ul', { class: 'picture-shelf' })
  const message = element('p', { class: 'help', role: 'status' })
  const more = button('Older pictures', () => void load(older), { class: 'quiet', hidden: true })
  let older: string | undefined
  let asked = 0
  const load = async (before?: string) => {
    const number = ++asked
    const page = await library.search(words.value.trim(), before).catch(() => undefined)
    if (number !== asked) return
    if (!before) grid.replaceChildren()
    message.textContent = page ? '' : 'The library does not answer. Try again.'
    if (!page) return
    grid.append(...page.pictures.map(picture => element('li', {}, thumbnail(picture, choose))))
    if (!grid.children.length)
      message.textContent = words.value.trim()
        ? 'No picture has these words.'
        : 'The library is empty. Upload the first picture above.'
    older = page.older
    more.hidden = !older
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  words.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void load(), 250)
  })
  void load()
  return element(
    'div',
    {},
    element('label', { for: 'shelf-search' }, 'Or choose one from the library'),
    words,
    message,
    grid,
    more,
  )
}

function thumbnail(picture: LibraryPicture, choose: (picture: LibraryPicture) => void): HTMLElement {
  const made = button('', () => choose(picture), {
    'aria-label': picture.alt || picture.name,
    title: picture.name,
  })
  if (isOwnPicture(picture.src)) made.append(element('img', { src: picture.src, alt: '', loading: 'lazy' }))
  made.append(element('span', { dir: 'auto' }, picture.name.split('/').at(-1) ?? ''))
  return made
}

/** Asks for what readers are told of a picture. The alt text must be written, or the picture called decorative. */
export async function describePicture(
  picture: LibraryPicture | null | undefined,
  current: PictureMarkup,
  confirm: string,
): Promise<PictureMarkup | null> {
  const isNew = confirm === 'Insert'
  const answer = await ask({
    title: 'About the picture',
    ...(picture && isOwnPicture(picture.src)
      ? { intro: element('img', { src: picture.src, alt: '', class: 'dialog-picture' }) }
      : {}),
    fields: [
      {
        name: 'alt',
        label: 'Alt text',
        type: 'textarea',
        value: current.alt,
        help: 'What somebody needs to know who does not see it.',
      },
      {
        name: 'decorative',
        label: 'It is decorative and says nothing',
        type: 'checkbox',
        value: !isNew && !current.alt ? 'on' : '',
      },
      { name: 'caption', label: 'Caption', value: current.caption },
      { name: 'credit', label: 'Credit', value: current.credit },
    ],
    confirm,
    check: ({ alt, decorative }): Record<string, string> =>
      alt?.trim() || decorative ? {} : { alt: 'Describe the picture, or tick that it is decorative.' },
  })
  if (!answer) return null
  const { alt = '', decorative, caption = '', credit = '' } = answer
  return { name: current.name, alt: decorative && isNew && !alt.trim() ? '' : alt, caption, credit }
}

/** The pictures among what was dropped or pasted. */
export function imagesOf(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter(file => file.type.startsWith('image/'))
}
