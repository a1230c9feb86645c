import { openText } from './parts.js'
import { firstLine } from './words.js'

const AT_ONCE = 3

/** Shows the first line of each tip in the list, of those that are in sight. */
export function showFirstLines(signal: AbortSignal): void {
  const waiting: HTMLElement[] = []
  let running = 0
  const next = async (): Promise<void> => {
    const cell = waiting.shift()
    if (!cell || signal.aborted || running >= AT_ONCE) return void (cell && waiting.unshift(cell))
    running += 1
    await showLine(cell, signal).catch(() => undefined)
    running -= 1
    void next()
  }
  const sight = new IntersectionObserver(
    entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        sight.unobserve(target)
        waiting.push(target as HTMLElement)
        void next()
      }
    },
    { rootMargin: '200px' },
  )
  for (const cell of document.querySelectorAll('[data-first-line]')) sight.observe(cell)
  signal.addEventListener('abort', () => sight.disconnect())
}

async function showLine(cell: HTMLElement, signal: AbortSignal): Promise<void> {
  try {
    const { message } = await openText(cell.dataset.firstLine ?? '', signal)
    cell.textContent = firstLine(message) || 'no text, files only'
    cell.dataset.opened = ''
  } catch (error) {
    if (!signal.aborted) cell.textContent = 'does not open with this key'
    throw error
  }
}
