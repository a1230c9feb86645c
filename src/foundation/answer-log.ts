import type { Answer } from './answer-metrics.js'
import type { Log } from './log.js'

/** Answers of one second that get a line each; a crowd's are counted instead, or the log would outgrow the paper. */
const LINES_A_SECOND = 50

const SECOND = 1_000

/** Notes answers that were finished before: the route's pattern as `logRequests` does, and how many they were. */
export function answerLog(log: Log) {
  const crowds: (() => void)[] = []
  let lines = 0
  let timer: NodeJS.Timeout | undefined

  const tellAll = (): void => {
    for (const tell of crowds.splice(0)) tell()
    lines = 0
    timer = undefined
  }

  return {
    /** What notes one answer of a kind with each call. */
    of(answer: Answer): () => void {
      let counted = 0
      const say = (answers: number) => log.info({ ...answer, answers, kept: true }, 'answered')
      const tell = (): void => {
        say(counted)
        counted = 0
      }
      return () => {
        timer ??= setTimeout(tellAll, SECOND).unref()
        lines += 1
        if (lines <= LINES_A_SECOND) return void say(1)
        if (counted === 0) crowds.push(tell)
        counted += 1
      }
    },

    close(): void {
      clearTimeout(timer)
      tellAll()
    },
  }
}
