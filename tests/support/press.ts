import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, inject, onTestFinished } from 'vitest'
import { type App, openApp, type World } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { createLogger } from '../../src/foundation/log.js'

export interface Press extends App {
  dataDir: string
  /** everything that was logged so far, one JSON line each */
  logged(): string
}

let untilTheEnd: (() => Promise<unknown>)[] | undefined
/** Ends what was opened: after the test, or after the last of those that share it. */
export const whenDone = (end: () => Promise<unknown>): void =>
  untilTheEnd ? void untilTheEnd.push(end) : onTestFinished(async () => void (await end()))

/**
 * Something that all tests of a file share: made by the first that asks, and what it opens stays open until the last is over.
 * To be called outside of tests.
 */
export function sharedByTests<T>(make: () => Promise<T>): () => Promise<T> {
  const ends: (() => Promise<unknown>)[] = []
  let made: Promise<T> | undefined
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  return () => {
    untilTheEnd = ends
    made ??= make()
    return made.finally(() => {
      untilTheEnd = undefined
    })
  }
}

/** A new empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-'))
  whenDone(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A new folder whose databases have their tables, and nothing in them. */
async function unwrittenFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await cp(inject('unwritten'), folder, { recursive: true })
  return folder
}

/**
 * A press over a new empty data directory, closed after the test. Limits are on, as in production, unless
 * the environment given says otherwise.
 */
export async function openPress(environment: Record<string, string> = {}, world: World = {}): Promise<Press> {
  const dataDir = environment.DATA_DIR ?? (await unwrittenFolder())
  const lines: string[] = []
  const log = createLogger(environment.LOG_LEVEL ?? 'info', { write: line => void lines.push(line) })
  const app = await openApp(readConfig({ DATA_DIR: dataDir, ...environment }), { log, ...world })
  whenDone(() => app.http.close())
  return { ...app, dataDir, logged: () => lines.join('') }
}

/** A clock that stands still until it is moved. */
export function movableClock(start = '2021-01-04T12:00:00.000Z') {
  let now = Date.parse(start)
  return {
    clock: () => new Date(now),
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

/** The body of a urlencoded form, ready for `inject`. */
export function form(fields: Record<string, string> | [string, string][]) {
  return {
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }
}
