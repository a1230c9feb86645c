// Going from tip to tip without leaving the document: the unlocked key lies in its memory alone, and a new document has none.
import { keepDrafts, putBackDrafts } from './drafts.js'
import { element } from './words.js'

export interface Travel {
  /** Shows a page of the tips in place of this one. */
  show(answer: Response): Promise<void>
}

interface TravelOptions {
  /** whether there is a key to keep; without one, links and forms do what they always do */
  isWorthIt(): boolean
  /** is told of each page that was shown */
  arrived(): void
}

const inbox = /^\/admin\/tips(\/[0-9a-f]{32})?$/
const deeds = /^\/admin\/tips\/[0-9a-f]{32}\/\w+$/

/** Takes over the links and forms between the inbox and its tips while a key is unlocked. */
export function travelWithin({ isWorthIt, arrived }: TravelOptions): Travel {
  const show = async (answer: Response, how: 'new' | 'same' = 'new'): Promise<void> => {
    if (!inbox.test(new URL(answer.url).pathname) && !deeds.test(new URL(answer.url).pathname))
      return location.assign(answer.url)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const main = page.querySelector('main')
    if (!main) return location.reload()
    keepDrafts()
    const isElsewhere = new URL(answer.url).pathname !== location.pathname
    // A form that came back with problems has no address of its own.
    if (how === 'new' && answer.ok && answer.url !== location.href) history.pushState(null, '', answer.url)
    document.title = page.title
    document.querySelector('.desk-bar nav')?.replaceWith(page.querySelector('.desk-bar nav') ?? '')
    document.querySelector('main')?.replaceWith(main)
    putBackDrafts()
    if (isElsewhere) scrollTo(0, 0)
    announce(main, isElsewhere)
    arrived()
  }

  const go = async (address: string, how: 'new' | 'same'): Promise<void> => {
    const answer = await fetch(address, { headers: { accept: 'text/html' } }).catch(() => undefined)
    if (!answer) return sayUnanswered()
    await show(answer, how)
  }

  document.addEventListener('click', event => {
    const link = (event.target as Element | null)?.closest('a')
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return
    const address = new URL(link.href, location.href)
    if (!isWorthIt() || address.origin !== location.origin || !inbox.test(address.pathname)) return
    event.preventDefault()
    void go(address.href, 'new')
  })

  document.addEventListener('submit', event => {
    const form = event.target as HTMLFormElement
    const address = new URL(form.action, location.href)
    if (event.defaultPrevented || !isWorthIt() || form.method !== 'post' || !deeds.test(address.pathname))
      return
    event.preventDefault()
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]))
    fetch(address, { method: 'POST', body }).then(answer => show(answer), sayUnanswered)
  })

  addEventListener('popstate', () => {
    if (isWorthIt()) void go(location.href, 'same')
    else location.reload()
  })

  return { show }
}

// A page of the browser's own would take the key with it.
function sayUnanswered(): void {
  const line = element('p', { text: 'The server did not answer. Try again in a minute.', className: 'error' })
  line.setAttribute('role', 'alert')
  document.querySelector('main')?.prepend(line)
}

// Where a browser would begin to read a new page.
function announce(main: Element, isElsewhere: boolean): void {
  const told =
    main.querySelector<HTMLElement>('.error-summary, .said') ?? main.querySelector<HTMLElement>('h1')
  if (!told || (!isElsewhere && told.localName === 'h1')) return
  told.tabIndex = -1
  told.focus({ preventScroll: !isElsewhere })
}
