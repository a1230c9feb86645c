import { workerData } from 'node:worker_threads'
import { openReader } from '../../foundation/sqlite.js'
import { answerQuestions } from '../../foundation/thread-answers.js'
import { yieldToOtherThreads } from '../../foundation/thread-priority.js'
import type { Answer, Question } from '../search.js'
import { search } from './search.js'

/** The thread that searches, over a connection of its own that only reads. `searcher.ts` is its other end. */

// Who reads goes before who searches.
yieldToOtherThreads()

const db = openReader(String(workerData))

answerQuestions<Question, Answer>(question => search(db, question))
