import type { Worker } from 'node:worker_threads'
import { restingThread, type ThreadOptions } from './thread.js'
import type { Asked, Told } from './thread-answers.js'

/** The thread died of a question, or could not be started. */
export class ThreadDied extends Error {
  override name = 'ThreadDied'
}

interface Waiting<Answer> {
  worker: Worker
  resolve(answer: Answer): void
  reject(error: Error): void
}

/** A thread that answers questions, each by its own time; its program is made with `answerQuestions`. */
export function askedThread<Question, Answer>(
  options: Pick<ThreadOptions<unknown>, 'program' | 'data' | 'patience'>,
) {
  const waiting = new Map<number, Waiting<Answer>>()
  let last = 0
  const thread = restingThread<Told<Answer>>({
    ...options,
    hear(told) {
      const asked = waiting.get(told.id)
      waiting.delete(told.id)
      if ('answer' in told) asked?.resolve(told.answer)
      else asked?.reject(Object.assign(new Error(told.problem), told.code && { code: told.code }))
      if (waiting.size === 0) thread.letGo()
    },
    gone(worker) {
      for (const [id, { worker: asked, reject }] of waiting)
        if (asked === worker && waiting.delete(id)) reject(new ThreadDied('The thread that was asked died.'))
    },
  })

  return {
    /** @throws ThreadDied; or an error with the message and the code of the one that it met */
    ask(question: Question): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const worker = thread.take()
        const id = ++last
        waiting.set(id, { worker, resolve, reject })
        const asked: Asked<Question> = { id, question }
        worker.postMessage(asked)
      })
    },
    /** how many questions wait for an answer */
    waiting: (): number => waiting.size,
    stop: thread.stop,
  }
}
