import { workerData } from 'node:worker_threads'
import { openReader } from '../../foundation/sqlite.js'
import { answerQuestions } from '../../foundation/thread-answers.js'
import type { Answer, Question } from '../search.js'
import { search } from './search.js'

/** The thread that searches, over a connection of its own that only reads. `searcher.ts` is its other end. */

const db = openReader(String(workerData))

answerQuestions<Question, Answer>(question => search(db, question))
