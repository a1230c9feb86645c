import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { programFolder } from '../../config.js'
import { Busy } from '../../foundation/errors.js'
import type { Answer, Question } from '../search.js'
import type { Failed, Told } from './protocol.js'

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
const REST = 60_000
const program = path.join(programFolder, 'dist/articles/searching/worker.js')
const crowded = 'Many people are searching just now. Try again in a few seconds.'

interface Waiting {
  worker: Worker
  resolve(answer: Answer): void
  reject(error: Error): void
}

/**
 * One thread, started with the first question and ended after a minute without one.
 * @param file of the database
 */
export function searcher(file: string): Searcher {
  const waiting = new Map<number, Waiting>()
  let last = 0
  let worker: Worker | undefined
  let rest: NodeJS.Timeout | undefined

  const start = (): Worker => {
    const started = new Worker(program, { workerData: file })
    const gone = () => {
      if (worker === started) worker = undefined
      for (const [id, { worker: asked, reject }] of waiting)
        if (asked === started && waiting.delete(id)) reject(new Busy(crowded))
    }
    started.on('message', hear).on('error', gone).on('exit', gone)
    return started
  }

  const hear = (told: Told): void => {
    const asked = waiting.get(told.id)
    waiting.delete(told.id)
    if ('answer' in told) asked?.resolve(told.answer)
    else asked?.reject(failure(told))
    // What it remembers of a database in trouble may be wrong.
    if ('problem' in told) return void stop()
    if (waiting.size > 0) return
    worker?.unref()
    rest = setTimeout(stop, REST).unref()
  }

  const failure = ({ problem, code }: Failed): Error =>
    Object.assign(new Error(`The search failed: ${problem}`), code && { code })

  const stop = async (): Promise<void> => {
    clearTimeout(rest)
    const stopped = worker
    worker = undefined
    await stopped?.terminate()
  }

  return {
    ask(question) {
      if (waiting.size >= MOST_WAITING) return Promise.reject(new Busy(crowded))
      clearTimeout(rest)
      worker ??= start()
      const asked = worker
      asked.ref()
      const id = ++last
      return new Promise((resolve, reject) => {
        waiting.set(id, { worker: asked, resolve, reject })
        asked.postMessage({ id, question })
      })
    },
    waiting: () => waiting.size,
    close: stop,
  }
}
