// Lists that can be put in order by dragging. The buttons beside each row do the same without it.

for (const list of document.querySelectorAll<HTMLElement>('[data-order]')) {
  const form = document.getElementById(`order-${list.dataset.order}`)
  if (form instanceof HTMLFormElement) sortable(list, form)
}
returnFocus()

function sortable(list: HTMLElement, form: HTMLFormElement): void {
  let dragged: HTMLElement | undefined
  const order = () => [...list.children].map(row => (row as HTMLElement).dataset.id ?? '').join(',')
  const before = order()

  for (const row of list.children) (row as HTMLElement).draggable = true
  list.addEventListener('dragstart', event => {
    dragged = rowOf(event.target, list)
    if (!dragged || !event.dataTransfer) return
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', dragged.dataset.id ?? '')
    dragged.classList.add('dragged')
  })
  list.addEventListener('dragover', event => {
    if (!dragged) return
    event.preventDefault()
    const row = rowOf(event.target, list)
    if (!row || row === dragged) return
    const { top, height } = row.getBoundingClientRect()
    if (event.clientY < top + height / 2) row.before(dragged)
    else row.after(dragged)
  })
  list.addEventListener('drop', event => event.preventDefault())
  list.addEventListener('dragend', () => {
    dragged?.classList.remove('dragged')
    dragged = undefined
    if (order() === before) return
    const field = form.elements.namedItem('order')
    if (field instanceof HTMLInputElement) field.value = order()
    form.requestSubmit()
  })
}

function rowOf(target: EventTarget | null, list: HTMLElement): HTMLElement | undefined {
  let row = target instanceof Element ? target : null
  while (row && row.parentElement !== list) row = row.parentElement
  return row instanceof HTMLElement ? row : undefined
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

export {}
