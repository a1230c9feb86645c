import type { SaveState } from './saving.js'

/** The sentence that stands in the page's status line. */
export function sentence(state: SaveState): string {
  switch (state.kind) {
    case 'saved':
      return `All changes saved ${clockTime(state.at)}`
    case 'changed':
      return 'Changed'
    case 'saving':
      return 'Saving…'
    case 'offline':
      return 'Not saved: no connection; kept in this browser'
    case 'signed-out':
      return 'Not saved: your session has ended; kept in this browser'
    case 'other-account':
      return 'Not saved: somebody else signed in here; kept in this browser'
    case 'gone':
      return 'Not saved: the article is no longer yours to change; kept in this browser'
    case 'full':
      return 'Not saved, and this browser has no room for a copy. Keep this page open'
    case 'trouble':
      return `Not saved: the server answered with an error (${state.status}); kept in this browser, trying again`
    case 'rejected':
      return `Not saved: ${Object.values(state.problems)[0] ?? 'a field cannot be used as it is.'}`
    case 'conflict':
      return `Not saved: ${state.conflict.by} saved this article in between`
  }
}

/** States that need nobody's attention are not read aloud each time. */
export function isRoutine({ kind, ...state }: SaveState): boolean {
  return kind === 'changed' || kind === 'saving' || (kind === 'saved' && 'asked' in state && !state.asked)
}

/** A time of day as the reader's browser writes it; with the date when it is not of today. */
export function clockTime(iso: string): string {
  const time = new Date(iso)
  const today = time.toDateString() === new Date().toDateString()
  const hours = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return today
    ? time.toLocaleTimeString([], hours)
    : time.toLocaleString([], { day: 'numeric', month: 'short', year: 'numeric', ...hours })
}
