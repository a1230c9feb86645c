// The unlocked secret half of an editor's key, for as long as the tab works with it. It stands in this closure only: no
// storage, no cookie, no global, so that closing the tab, leaving the page, half an hour of quiet or the button lose it.

const IDLE = 30 * 60_000

let identity: string | undefined
let idle: ReturnType<typeof setTimeout> | undefined
let touched = 0
const locked = new Set<() => void>()

/** The identity (`AGE-SECRET-KEY-1…`) while it is unlocked. */
export function unlockedIdentity(): string | undefined {
  return identity
}

/** Holds an identity until `lock`, or until nobody has touched the page for half an hour. */
export function holdUnlocked(secret: string): void {
  identity = secret
  stayAwake()
}

/** Forgets the identity and tells whoever shows what it opened. */
export function lock(): void {
  clearTimeout(idle)
  if (identity === undefined) return
  identity = undefined
  for (const tell of locked) tell()
}

/** @param tell is called each time the identity is forgotten: take what it opened off the page */
export function onLock(tell: () => void): void {
  locked.add(tell)
}

/** Starts the half hour anew; work that runs on by itself calls it as it goes. */
export function stayAwake(): void {
  clearTimeout(idle)
  touched = Date.now()
  if (identity !== undefined) idle = setTimeout(lock, IDLE)
}

// A machine that slept wakes its timers late: the clock decides before a touch counts.
function touch(): void {
  if (identity !== undefined && Date.now() - touched > IDLE) lock()
  else stayAwake()
}

for (const sign of ['pointerdown', 'keydown', 'scroll', 'visibilitychange'])
  document.addEventListener(sign, touch, { passive: true, capture: true })
// The browser may keep a page that was left, memory and all, for the way back.
addEventListener('pagehide', lock)
// Any button on the page that says so.
document.addEventListener('click', event => {
  if ((event.target as Element | null)?.closest('[data-tips-lock]')) lock()
})
