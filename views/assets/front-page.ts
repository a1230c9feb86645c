// Lists that can be put in order by dragging. The buttons beside each row do the same without it.
import { dragInPlace } from './desk/sorting.js'

for (const list of document.querySelectorAll<HTMLElement>('[data-order]')) {
  const form = document.getElementById(`order-${list.dataset.order}`)
  if (form instanceof HTMLFormElement) sortable(list, form)
}
returnFocus()

function sortable(list: HTMLElement, form: HTMLFormElement): void {
  const order = () => [...list.children].map(row => (row as HTMLElement).dataset.id ?? '').join(',')
  const before = order()
  dragInPlace(list, () => {
    if (order() === before) return
    const field = form.elements.namedItem('order')
    if (field instanceof HTMLInputElement) field.value = order()
    form.requestSubmit()
  })
}

// After a button moved a row, the keyboard goes on at that row and that button.
function returnFocus(): void {
  const used = 'front-page-button'
  document.addEventListener('submit', ({ submitter }) => {
    if (submitter instanceof HTMLButtonElement) sessionStorage.setItem(used, submitter.value)
  })
  const action = sessionStorage.getItem(used)
  sessionStorage.removeItem(used)
  const row = location.hash ? document.getElementById(location.hash.slice(1)) : null
  const buttons = [...(row?.querySelectorAll<HTMLButtonElement>('button:enabled') ?? [])]
  const button = buttons.find(({ value }) => value === action) ?? buttons[0]
  // Not before the browser has gone to the fragment: that takes the focus away.
  if (button) addEventListener('load', () => requestAnimationFrame(() => button.focus()))
}
