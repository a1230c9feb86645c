import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { ArticlesService } from '../../articles/index.js'
import type { AuditService } from '../../audit/index.js'
import type { Database } from '../../foundation/database.js'
import { Invalid } from '../../foundation/errors.js'
import type { Reception } from '../sign-up/reception.js'
import { guessColumns } from './columns.js'
import { inspectCsv } from './csv.js'
import { readersAsCsv } from './exporter.js'
import { importFile } from './importer.js'
import { type Intake, type IntakeServices, LARGE_BATCH, readerIntake } from './intake.js'
import type { ImportChoices, ImportCounts, LineProblem, ReaderLine } from './schema.js'
import type { Verdict } from './verdict.js'

export interface ReadersServices extends IntakeServices {
  db: Database
  articles: Pick<ArticlesService, 'reading'>
  audit: AuditService
  /** sign-ups that were acknowledged and are not on the list yet */
  reception: Pick<Reception, 'workOff'>
}

export type ReadersService = ReturnType<typeof readersService>

/** How the shell takes a file in. */
export interface ShellImport extends ImportChoices {
  dryRun: boolean
  onProblem(problem: LineProblem): void
  onProgress(counts: ImportCounts): void
}

/** The list as the shell and tests work on it. */
export function readersService({ db, articles, audit, reception, ...services }: ReadersServices) {
  const intake = readerIntake(services)
  const { clock, tokens } = services

  const sections = async () => (await articles.reading.sections()).map(({ id, slug }) => [id, slug] as const)
  const slugs = async () => new Map(await sections())

  async function* csv(): AsyncGenerator<string> {
    await reception.workOff()
    yield* readersAsCsv({ db, tokens, sections: slugs })
  }

  return {
    csv,

    /**
     * Takes readers into the list, a batch in each transaction.
     * @param lines each address once
     * @returns what became of each
     */
    async takeIn(lines: ReaderLine[], how: Intake): Promise<Verdict[]> {
      const verdicts: Verdict[] = []
      for (let start = 0; start < lines.length; start += LARGE_BATCH) {
        const batch = lines.slice(start, start + LARGE_BATCH)
        verdicts.push(...(await db.transaction(tx => intake.take(tx, batch, how))))
      }
      return verdicts
    },

    /**
     * Takes a file in whose first line names its columns.
     * @throws Invalid when it cannot be read, or no column is called email
     */
    async importFrom(
      file: string,
      { dryRun, onProblem, onProgress, ...choices }: ShellImport,
    ): Promise<ImportCounts> {
      const format = await inspectCsv(file)
      const columns = guessColumns(format.header)
      if (columns.email === undefined)
        throw new Invalid('No column of this file is called email. Its first line names the columns.')
      const today = clock().toISOString()
      const name = path.basename(file)
      const counts = await importFile(db, intake, {
        ...{ file, format, columns, dryRun, onProblem, now: today, batch: LARGE_BATCH },
        sections: new Map((await sections()).map(([id, slug]) => [slug, id])),
        intake: { ...choices, form: `${name}, ${today.slice(0, 10)}` },
        onBatch: async (_tx, so) => onProgress(so),
      })
      if (!dryRun)
        await db.transaction(tx =>
          audit.record(tx, undefined, {
            action: 'imported',
            subject: { kind: 'readers', id: '', label: name },
            details: { ...counts, confirmed: choices.confirmed },
          }),
        )
      return counts
    },

    /** Writes all readers into a file that only its owner can read; one of this name is replaced once the new one is whole. */
    async exportTo(file: string): Promise<number> {
      const unfinished = `${file}.unfinished`
      await rm(unfinished, { force: true })
      const handle = await open(unfinished, 'wx', 0o600)
      let lines = -1
      try {
        for await (const piece of csv()) {
          lines += piece.split('\r\n').length - 1
          await handle.write(piece)
        }
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(unfinished, file)
      await db.transaction(tx =>
        audit.record(tx, undefined, {
          action: 'exported',
          subject: { kind: 'readers', id: '', label: path.basename(file) },
          details: { readers: lines },
        }),
      )
      return lines
    },
  }
}
