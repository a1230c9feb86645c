import type { Answer, Question } from '../search.js'

/** What is said between the thread that answers readers and the one that searches. */
export interface Asked {
  id: number
  question: Question
}

export interface Failed {
  id: number
  problem: string
  /** the engine's own word for it */
  code?: string | undefined
}

export type Told = { id: number; answer: Answer } | Failed
