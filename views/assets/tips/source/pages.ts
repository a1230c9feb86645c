// The tip line's pages one after the other in one document, whose memory has what a codename derived to.

/** What the pages say about the site. */
export interface Site {
  /** to whom tips are sealed, `age1…` */
  recipients: string[]
  /** goes into what codenames derive to */
  salt: Uint8Array
}

type Opening = (main: HTMLElement) => void

const openings: Opening[] = []

/** @param open is called on every page that is shown */
export function everyPage(open: Opening): void {
  openings.push(open)
}

/** Begins with the page that stands there. */
export function firstPage(): void {
  const main = document.querySelector('main')
  if (main) arrive(main)
}

/** What the site says on a page. */
export function siteOn(page: ParentNode): Site {
  const { recipients = '', salt = '' } = page.querySelector('main')?.dataset ?? {}
  return {
    recipients: recipients.split(' ').filter(Boolean),
    salt: Uint8Array.from(salt.match(/../g) ?? [], byte => Number.parseInt(byte, 16)),
  }
}

/** The session of who has come back, which stands in the forms of their page; empty where nobody has. */
export function sessionOn(page: ParentNode): string {
  return page.querySelector<HTMLInputElement>('[name="session"]')?.value ?? ''
}

/** Lets the forms of the page that stands there go on with another session. */
export function goOnWith(session: string): void {
  for (const field of document.querySelectorAll<HTMLInputElement>('[name="session"]')) field.value = session
}

/** The page in an answer. */
export async function pageIn(answer: Response): Promise<Document> {
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

/** Shows a page that was answered in place of this one. What was being written goes along, unless it was just sent. */
export function showPage(page: Document, { wasSent = false } = {}): void {
  const main = page.querySelector('main') ?? document.createElement('main')
  if (!wasSent) takeAlong(main)
  document.title = page.title
  document.querySelector('main')?.replaceWith(main)
  scrollTo(0, 0)
  arrive(main)
  announce(main)
}

function arrive(main: HTMLElement): void {
  sealedHere(main, true)
  for (const open of openings) open(main)
}

/** Which of the two happens to what is written here: it is sealed in this browser, or by the server. */
export function sealedHere(page: ParentNode, isHere: boolean): void {
  for (const told of page.querySelectorAll<HTMLElement>('[data-sealed-by]'))
    told.hidden = (told.dataset.sealedBy === 'browser') !== isHere
}

function takeAlong(next: HTMLElement): void {
  for (const field of document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('#more [name][id]')) {
    const same = next.querySelector<HTMLInputElement | HTMLTextAreaElement>(`#${field.id}`)
    if (field instanceof HTMLInputElement && field.type === 'file')
      (same as HTMLInputElement).files = field.files
    else if (same) same.value = field.value
  }
}

// Where a browser would begin to read a new page.
function announce(main: HTMLElement): void {
  const told = main.querySelector<HTMLElement>('.error-summary, .notice[role]') ?? main.querySelector('h1')
  if (!told) return
  told.tabIndex = -1
  told.focus({ preventScroll: true })
}
