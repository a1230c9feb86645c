const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long things last, in milliseconds. */
export const lifetimes = {
  session: 90 * DAY,
  unusedSession: 14 * DAY,
  /** reading pages does not write to the disk each time */
  noteOfUse: HOUR,
  setupLink: 48 * HOUR,
  invitation: 72 * HOUR,
  reset: HOUR,
  email: 24 * HOUR,
  halfSignIn: 10 * MINUTE,
  challenge: 5 * MINUTE,
  authenticatorOffer: 30 * MINUTE,
  /** how long somebody who proved to be there is taken to be there still */
  confirmation: 10 * MINUTE,
  failures: DAY,
  shortestLock: 15 * MINUTE,
  longestLock: HOUR,
  knownDevice: 365 * DAY,
} as const
