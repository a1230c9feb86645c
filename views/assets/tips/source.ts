// The source's own script. What is written on the tip line is sealed in this tab before it is sent, and codenames are turned
// into keys here: neither reaches the server. Until it has really started, a page says of itself what is true without it.

import { holdUntil } from './source/holding.js'
import { someFormIsNear } from './source/nearness.js'

// Who only reads what is kept does not wait for what seals. Each piece of that starts in a task of its own: all in one, a slow
// phone would not scroll for half a second.
async function start(): Promise<void> {
  await someFormIsNear()
  await import('age-encryption')
  await nextTask()
  const { proveSealing } = await import('./source/sealing.js')
  await nextTask()
  await proveSealing()
  await nextTask()
  const { openPages } = await import('./source/opening.js')
  openPages()
}

function nextTask(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve))
}

// A browser that cannot do it is left with the page as the server made it.
holdUntil(start().catch(() => undefined))
