import type { Log } from './log.js'

/** Answers of one second that get a line each; a crowd's are counted instead, or the log would outgrow the paper. */
const LINES_A_SECOND = 50

const SECOND = 1_000

/** Notes answers that were finished before: the route's pattern as `logRequests` does, and how many they were. */
export function answerLog(log: Log) {
  const counted = new Map<string, { method: string; route: string; status: number; answers: number }>()
  let lines = 0
  let timer: NodeJS.Timeout | undefined

  const tellAll = (): void => {
    for (const crowd of counted.values()) log.info({ ...crowd, kept: true }, 'answered')
    counted.clear()
    lines = 0
    timer = undefined
  }

  const count = (method: string, route: string, status: number): void => {
    const crowd = counted.get(`${method} ${status} ${route}`)
    if (crowd) crowd.answers += 1
    else counted.set(`${method} ${status} ${route}`, { method, route, status, answers: 1 })
  }

  return {
    /** @param route the pattern, never the address itself */
    note(method: string, route: string, status: number): void {
      timer ??= setTimeout(tellAll, SECOND).unref()
      lines += 1
      if (lines <= LINES_A_SECOND) log.info({ method, route, status, answers: 1, kept: true }, 'answered')
      else count(method, route, status)
    },

    close(): void {
      clearTimeout(timer)
      tellAll()
    },
  }
}
