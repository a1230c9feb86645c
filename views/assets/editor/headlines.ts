import { element } from './element.js'

/** How much of a title search engines show, by their makers' advice. */
const searchTitle = 60

/** Title and dek: they grow with their text, hold one line, and say how long they are. */
export function openHeadlines(form: HTMLFormElement): void {
  for (const name of ['title', 'dek']) {
    const field = form.elements.namedItem(name)
    if (!(field instanceof HTMLTextAreaElement)) continue
    const grow = () => {
      field.rows = 1
      while (field.scrollHeight > field.clientHeight + 2 && field.rows < 12) field.rows += 1
    }
    field.classList.add('grows')
    field.addEventListener('input', grow)
    field.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.isComposing) event.preventDefault()
    })
    window.addEventListener('resize', grow)
    grow()
  }
  countTitle(form)
  showAddress(form)
  suggestTags(form)
}

function countTitle(form: HTMLFormElement): void {
  const title = form.elements.namedItem('title')
  if (!(title instanceof HTMLTextAreaElement || title instanceof HTMLInputElement)) return
  const count = element('p', { class: 'help count', id: 'title-count' })
  title.after(count)
  title.setAttribute(
    'aria-describedby',
    [title.getAttribute('aria-describedby'), 'title-count'].filter(Boolean).join(' '),
  )
  const show = () => {
    const { length } = [...title.value.trim()]
    count.textContent =
      `${length} ${length === 1 ? 'character' : 'characters'}` +
      (length > searchTitle ? `; search engines cut titles at about ${searchTitle}` : '')
  }
  title.addEventListener('input', show)
  show()
}

/** The address below the title, as it is or will be. */
function showAddress(form: HTMLFormElement): void {
  const slug = form.elements.namedItem('slug')
  const count = document.getElementById('title-count')
  if (!(slug instanceof HTMLInputElement) || !count) return
  const address = element('p', { class: 'help', id: 'address' })
  count.after(address)
  const show = () => {
    address.textContent = slug.value.trim()
      ? `Address: /articles/${slug.value.trim()}`
      : 'Address: made from the title'
  }
  slug.addEventListener('input', show)
  show()
}

/** The list of suggestions follows the tag that is being typed; those before it stay. */
function suggestTags(form: HTMLFormElement): void {
  const field = form.elements.namedItem('tags')
  if (!(field instanceof HTMLInputElement) || !field.list) return
  const options = [...field.list.querySelectorAll('option')]
  const known = options.map(option => option.value)
  const suggest = () => {
    const before = /^.*,/.exec(field.value)?.[0] ?? ''
    const chosen = new Set(before.split(',').map(tag => tag.trim().toLowerCase()))
    options.forEach((option, index) => {
      const tag = known[index] ?? ''
      option.disabled = chosen.has(tag.toLowerCase())
      option.value = before ? `${before} ${tag}` : tag
      option.label = tag
    })
  }
  field.addEventListener('input', suggest)
  suggest()
}
