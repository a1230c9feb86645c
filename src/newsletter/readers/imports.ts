import type { Readable } from 'node:stream'
import type { AuditService } from '../../audit/index.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound, TooLarge } from '../../foundation/errors.js'
import type { Log } from '../../foundation/log.js'
import { rounds } from '../../foundation/rounds.js'
import { storageTrouble } from '../../foundation/storage-trouble.js'
import type { OfferedSections } from '../offered-sections.js'
import { guessColumns } from './columns.js'
import { inspectCsv } from './csv.js'
import { dropFolder } from './drop-folder.js'
import { importFile } from './importer.js'
import { type ImportState, importsRepository, Plan, type ReaderImport } from './imports.repository.js'
import { BATCH, type ReaderIntake } from './intake.js'
import { ImportCounts, type LineProblem } from './schema.js'

export interface ImportServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  offered: OfferedSections
  intake: ReaderIntake
  dataDir: string
  log: Log
}

/** The largest file that is taken, in bytes. */
export const LARGEST_FILE = 512 * 1_048_576
const SHOWN_PROBLEMS = 100
const DAY = 86_400_000
// Work that did not get on for so long is dead, in this process or another.
const STALLED = 60_000

export type ImportsService = ReturnType<typeof importsService>

class Stopped extends Error {}

/** Files of readers at the desk: received, their columns named, tried, taken in. */
export function importsService(services: ImportServices) {
  const { db, clock, ids, audit, offered, intake, log } = services
  const folder = dropFolder(services.dataDir)
  const repository = importsRepository(db)
  const now = () => clock().toISOString()
  const running = new Set<Promise<void>>()
  let stopping = false

  const found = async (id: string): Promise<ReaderImport> => {
    const known = await repository.byId(id)
    if (!known)
      throw new NotFound('There is no such import. Files that nobody goes on with are deleted after a day.')
    return known
  }

  const enter = async (one: ReaderImport, to: ImportState, seen?: string): Promise<void> => {
    if (!(await repository.enter(one.id, one.state, to, { now: now(), seen })))
      throw new Conflict('Somebody else went on with this import. Look at it again.')
  }

  const work = async (id: string, dryRun: boolean): Promise<void> => {
    const one = await found(id)
    const plan = Plan.parse(one.choices)
    const problems: LineProblem[] = []
    const list = dryRun ? folder.problems(id) : undefined
    try {
      const counts = await importFile(db, intake, {
        ...{ file: folder.fileOf(id), format: one.format, columns: plan.columns, dryRun, now: now() },
        batch: BATCH,
        sections: new Map((await offered()).map(({ id, slug }) => [slug, id])),
        intake: { ...plan, form: `${one.file}, ${one.created.slice(0, 10)}` },
        ...(!dryRun && { from: one.counts }),
        onBatch: async (tx, counts) => {
          if (stopping) throw new Stopped()
          await importsRepository(tx).progress(id, counts, now())
        },
        onProblem: problem => {
          if (problems.length < SHOWN_PROBLEMS) problems.push(problem)
          list?.add(problem.line, problem.problem)
        },
      })
      await list?.end()
      await repository.progress(id, counts, now())
      if (dryRun) return await repository.end(id, { state: 'checked', problems })
      await repository.forgetSamples(id, one.format)
      await folder.removeFile(id)
      await repository.end(id, { state: 'finished' })
    } catch (error) {
      await list?.end().catch(() => undefined)
      // Where it stopped it can be taken up again.
      if (error instanceof Stopped || storageTrouble(error)) return repository.release(id)
      if (!(error instanceof Invalid)) log.error({ err: error }, 'an import of readers failed')
      const failure =
        error instanceof Invalid ? error.message : 'The program failed at it. Its log says more.'
      await repository.end(id, { state: 'failed', failure, problems })
    }
  }

  const start = (id: string, dryRun: boolean): void => {
    const task = work(id, dryRun).catch(error => log.error({ err: error }, 'an import of readers failed'))
    running.add(task)
    void task.finally(() => running.delete(task))
  }

  const sweep = async (): Promise<void> => {
    const yesterday = new Date(clock().getTime() - DAY)
    for (const id of await repository.abandoned(yesterday.toISOString())) {
      await folder.remove(id)
      await repository.remove(id)
    }
    for (const id of await folder.olderThan(yesterday)) {
      const known = await repository.byId(id)
      if (!known || known.state === 'finished') await folder.remove(id)
    }
    await repository.forgetLines(yesterday.toISOString())
  }

  const sweeper = rounds({
    ...{ work: sweep, next: async () => undefined, clock, log },
    failure: 'files of readers could not be cleared away',
  })

  return {
    found,
    latest: () => repository.latest(10),
    sweep,
    sweeper,
    readProblems: folder.readProblems,
    hasProblems: folder.hasProblems,

    /** Whether work on it stands still, so that somebody should take it up. */
    isStalled: ({ state, seen }: ReaderImport): boolean =>
      (state === 'checking' || state === 'importing') &&
      (seen === '' || clock().getTime() - Date.parse(seen) > STALLED),

    /**
     * Takes a file as it arrives and finds out how it is written.
     * @param isCut tells, once all has arrived, whether the file was larger than is taken
     * @throws Invalid when it is no CSV
     */
    async receive(actor: Actor, file: string, source: Readable, isCut: () => boolean): Promise<string> {
      const id = ids()
      try {
        await folder.keep(id, source)
        if (isCut()) throw new TooLarge('The file is larger than 512 MB. Send it in parts.')
        const format = await inspectCsv(folder.fileOf(id))
        await repository.add({ id, file, created: now(), format, accountId: actor.id })
        return id
      } catch (error) {
        await folder.remove(id)
        throw error
      }
    },

    /** The columns as they were chosen, or as their names suggest. */
    columns: ({ choices, format }: ReaderImport) => choices.columns ?? guessColumns(format.header),

    /** Tries a file by what was decided about it; the page tells how far it is. */
    async check(id: string, plan: Plan): Promise<void> {
      const one = await found(id)
      if (!['received', 'checked', 'failed'].includes(one.state))
        throw new Conflict('This file is under way already. Look at it again.')
      await enter(one, 'checking')
      await repository.decide(id, plan)
      await repository.progress(id, ImportCounts.parse({}), now())
      start(id, true)
    },

    /** Takes a file in that was tried. */
    async apply(actor: Actor, id: string): Promise<void> {
      const one = await found(id)
      if (one.state !== 'checked') throw new Conflict('Only a file that was looked through is taken in.')
      await db.transaction(async tx => {
        if (!(await importsRepository(tx).enter(id, 'checked', 'importing', { now: now() })))
          throw new Conflict('Somebody else went on with this import. Look at it again.')
        await importsRepository(tx).progress(id, ImportCounts.parse({}), now())
        const { confirmed = false, revive = false, source = '' } = one.choices
        await audit.record(tx, actor, {
          action: 'imported',
          subject: { kind: 'readers', id, label: one.file },
          details: { lines: one.counts.lines, new: one.counts.added, confirmed, revive, source },
        })
      })
      start(id, false)
    },

    /** Takes up what stands still. */
    async goOn(id: string): Promise<void> {
      const one = await found(id)
      if (!this.isStalled(one)) throw new Conflict('This import gets on by itself. Look at it again.')
      await enter(one, one.state, one.seen)
      start(id, one.state === 'checking')
    },

    /** Forgets a file; nothing that was taken in changes. */
    async discard(id: string): Promise<void> {
      const one = await found(id)
      if ((one.state === 'checking' || one.state === 'importing') && !this.isStalled(one))
        throw new Conflict('This file is under way. Wait until it is through.')
      await folder.remove(id)
      await repository.remove(id)
    },

    /** Resolves when nothing is under way here. */
    async idle(): Promise<void> {
      await Promise.all(running)
    },

    /** Breaks off between two batches; what is left can be taken up after the next start. */
    async stop(): Promise<void> {
      stopping = true
      await Promise.all(running)
    },
  }
}
