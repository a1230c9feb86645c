/**
 * Lets the rows of a list be dragged to another place. One that is let go elsewhere, or not at all (Escape), goes back to its own.
 * @param done called when a row was let go
 */
export function dragInPlace(list: HTMLElement, done: () => void = () => undefined): void {
  let dragged: HTMLElement | undefined
  let before: Element | null = null
  let dropped = false
  for (const row of list.children) (row as HTMLElement).draggable = true
  list.addEventListener('dragstart', event => {
    dragged = rowOf(event.target, list)
    if (!dragged || !event.dataTransfer) return
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', dragged.dataset.id ?? '')
    before = dragged.nextElementSibling
    dropped = false
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
  list.addEventListener('drop', event => {
    event.preventDefault()
    dropped = true
  })
  list.addEventListener('dragend', () => {
    if (dragged && !dropped) list.insertBefore(dragged, before)
    dragged?.classList.remove('dragged')
    dragged = undefined
    done()
  })
}

function rowOf(target: EventTarget | null, list: HTMLElement): HTMLElement | undefined {
  let row = target instanceof Element ? target : null
  while (row && row.parentElement !== list) row = row.parentElement
  return row instanceof HTMLElement ? row : undefined
}
