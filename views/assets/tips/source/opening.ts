import { everyPage, firstPage } from './pages.js'
import { openReturning } from './returning.js'
import { openSending } from './sending.js'

/** Takes over the page that stands there, and those that follow it in the same document. */
export function openPages(): void {
  everyPage(openSending)
  everyPage(openReturning)
  firstPage()
}
