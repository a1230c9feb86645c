import { v7 } from 'uuid'

/** The present, handed to whatever needs it so that tests need no sleeping. */
export type Clock = () => Date

/** Makes a new UUIDv7 (RFC 9562), which sorts by the time it was made. */
export type Ids = () => string

export const systemClock: Clock = () => new Date()
export const uuids: Ids = () => v7()
