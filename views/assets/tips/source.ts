// The source's own script. What is written on the tip line is sealed in this tab before it is sent, and codenames are turned
// into keys here: neither reaches the server. Until it has really started, a page says of itself what is true without it.

import { everyPage, firstPage } from './source/pages.js'
import { openReturning } from './source/returning.js'
import { proveSealing } from './source/sealing.js'
import { openSending } from './source/sending.js'

async function start(): Promise<void> {
  await proveSealing()
  everyPage(openSending)
  everyPage(openReturning)
  firstPage()
}

// A browser that cannot do it is left with the page as the server made it.
start().catch(() => undefined)
