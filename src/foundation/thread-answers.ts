import { parentPort } from 'node:worker_threads'

export interface Asked<Question> {
  id: number
  question: Question
}

/** An answer, or why there is none, with the engine's own word for it. */
export type Told<Answer> =
  | { id: number; answer: Answer }
  | { id: number; problem: string; code?: string | undefined }

/** To be called by the program of a thread that `askedThread` runs. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  parentPort?.on('message', async ({ id, question }: Asked<Question>) => {
    const told: Told<Answer> = await answer(question).then(
      answer => ({ id, answer }),
      (error: Error & { code?: string }) => ({ id, problem: error.message, code: error.code }),
    )
    parentPort?.postMessage(told)
  })
}
