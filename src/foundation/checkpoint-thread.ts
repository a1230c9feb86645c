import { workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import { answerQuestions } from './thread-answers.js'

/** The thread that moves a database's log into it, over a connection of its own. `checkpoints.ts` is its other end. */

const connection = new Sqlite(String(workerData), { fileMustExist: true })
// The log is synced before, the database after its pages were moved.
connection.pragma('synchronous = NORMAL')
const checkpoint = connection.prepare('pragma wal_checkpoint(PASSIVE)')

answerQuestions(async () => void checkpoint.get())
