// The newsroom's tips: unlocked and opened in this tab, whose memory alone has the key and what it opens.
import { openArchive } from './tips/inbox/archive.js'
import { showConversation } from './tips/inbox/conversation.js'
import { showFirstLines } from './tips/inbox/first-lines.js'
import { showKeyPanel } from './tips/inbox/key-panel.js'
import { travelWithin } from './tips/inbox/travel.js'
import { openWriting } from './tips/inbox/writing.js'
import { onLock, unlockedIdentity } from './tips/unlocked.js'

const isUnlocked = () => unlockedIdentity() !== undefined

let work = new AbortController()

function showPage(): void {
  work.abort()
  work = new AbortController()
  showKeyPanel(showPage)
  if (!isUnlocked()) return
  showFirstLines(work.signal)
  const page = document.querySelector<HTMLElement>('[data-case]')
  if (!page) return
  openWriting(page, travel)
  openArchive(page)
  void showConversation(page, work.signal)
}

const travel = travelWithin({ isWorthIt: isUnlocked, arrived: showPage })

// What was opened goes with the key: a new document remembers nothing. The browser may keep one that was left.
let isLeaving = false
addEventListener(
  'pagehide',
  () => {
    isLeaving = true
  },
  { capture: true },
)
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})
onLock(() => {
  work.abort()
  document.querySelector('main')?.replaceChildren()
  if (!isLeaving) location.reload()
})

showPage()
