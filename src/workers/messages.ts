import type { Memory } from '../foundation/memory.js'
import type { Family } from '../foundation/metrics.js'

/** From a worker to the first process. */
export type FromWorker =
  | { ready: true }
  | Question
  | { wake: string; what: string }
  | Gather
  | { measured: number; families: Family[] }

/** What did all others measure? The answer is a list of `Measured`. What the one who asks measured is told with it, in case it dies. */
export interface Gather {
  gather: number
  families: Family[]
}

/** Of what the first process has in its memory. */
export interface Question {
  ask: number
  of: keyof Memory
  values: unknown[]
}

/** From the first process to a worker. */
export type ToWorker =
  | { answer: number; value: unknown }
  | { wake: string; what: string }
  /** what did you measure? */
  | { measure: number }
  /** take no more connections, finish; idle ones may stay open for so many milliseconds */
  | { retire: number }
