import { answerLog } from './answer-log.js'
import type { Answer, AnswerMetrics } from './answer-metrics.js'
import type { Log } from './log.js'

interface Kind {
  method: string
  status: number
  /** @param seconds how long it took */
  note(seconds: number): void
}

/**
 * Notes answers of bytes that were finished before, in the log and among what is measured. There are some ten thousand a second, of few
 * kinds: each has its places there found once.
 */
export function keptNotes(log: Log, answers: Pick<AnswerMetrics, 'kept'>) {
  const lines = answerLog(log)
  const kindsOfRoutes = new Map<string, Kind[]>()

  const kindOf = ({ method, route, status }: Answer): Kind => {
    const kinds = kindsOfRoutes.get(route) ?? []
    for (const kind of kinds) if (kind.status === status && kind.method === method) return kind
    const line = lines.of({ method, route, status })
    const measure = answers.kept({ method, route, status })
    const note = (seconds: number): void => {
      line()
      measure(seconds)
    }
    const kind = { method, status, note }
    kindsOfRoutes.set(route, [...kinds, kind])
    return kind
  }

  return {
    note: (answer: Answer, seconds: number): void => kindOf(answer).note(seconds),

    close: lines.close,
  }
}
