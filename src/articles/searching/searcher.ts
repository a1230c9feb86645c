import path from 'node:path'
import { programFolder } from '../../config.js'
import { askedThread, ThreadDied } from '../../foundation/asked-thread.js'
import { Busy } from '../../foundation/errors.js'
import type { Answer, Question } from '../search.js'

/** Searches off the event loop, so that nobody who reads waits for somebody who searches. */
export interface Searcher {
  /** @throws Problem (503) when too many wait already, or the thread died */
  ask(question: Question): Promise<Answer>
  /** how many questions wait for an answer */
  waiting(): number
  close(): Promise<void>
}

// A quarter of what readers may have under way (`foundation/admission.ts`): the rest is for who reads.
const MOST_WAITING = 50
const program = path.join(programFolder, 'dist/articles/searching/worker.js')
const crowded = 'Many people are searching just now. Try again in a few seconds.'

/**
 * One thread, started with the first question and ended after a minute without one.
 * @param file of the database
 */
export function searcher(file: string): Searcher {
  const thread = askedThread<Question, Answer>({ program, data: file })
  return {
    async ask(question) {
      if (thread.waiting() >= MOST_WAITING) throw new Busy(crowded)
      try {
        return await thread.ask(question)
      } catch (error) {
        if (error instanceof ThreadDied) throw new Busy(crowded)
        // What it remembers of a database in trouble may be wrong.
        void thread.stop()
        const { message, code } = error as Error & { code?: string }
        throw Object.assign(new Error(`The search failed: ${message}`), code && { code })
      }
    },
    waiting: thread.waiting,
    close: thread.stop,
  }
}
