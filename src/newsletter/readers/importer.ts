import { setImmediate } from 'node:timers/promises'
import type { Database } from '../../foundation/database.js'
import { AddressSet } from './address-set.js'
import type { Columns } from './columns.js'
import { type CsvFormat, csvRecords } from './csv.js'
import type { Intake, ReaderIntake } from './intake.js'
import { BadLine, readLine } from './line.js'
import { ImportCounts, type LineProblem, type ReaderLine } from './schema.js'

export interface FileImport {
  /** where the file lies */
  file: string
  format: CsvFormat
  columns: Columns
  /** slug → id */
  sections: Map<string, string>
  intake: Intake
  /** only says what would become of the lines */
  dryRun: boolean
  /** how many lines are taken in one transaction */
  batch: number
  now: string
  /** where an import that broke off goes on */
  from?: ImportCounts
  /** is told, in the transaction that takes the lines in, how far it got */
  onBatch?(tx: Database, counts: ImportCounts): Promise<void>
  onProblem?(problem: LineProblem): void
}

/**
 * Takes a file of readers in, or tries it, a batch at a time, and lets others work in between. Running it again does no harm:
 * who is on the list stays as is.
 * @throws Invalid when the file cannot be read to its end; what was taken in before stays
 */
export async function importFile(
  db: Database,
  intake: ReaderIntake,
  plan: FileImport,
): Promise<ImportCounts> {
  const counts = ImportCounts.parse(plan.from ?? {})
  for await (const { lines, read } of batches(plan, counts)) {
    if (plan.dryRun) {
      for (const { verdict } of await intake.judge(db, lines, plan.intake)) counts[verdict] += 1
      counts.lines = read
      await plan.onBatch?.(db, counts)
    } else {
      await db.transaction(async tx => {
        const verdicts = await intake.take(tx, lines, plan.intake)
        for (const verdict of verdicts) counts[verdict] += 1
        counts.lines = read
        await plan.onBatch?.(tx, counts)
      })
    }
    await setImmediate()
  }
  return counts
}

interface Batch {
  lines: ReaderLine[]
  /** how many lines were read so far, that of the column names not counted */
  read: number
}

async function* batches(plan: FileImport, counts: ImportCounts): AsyncGenerator<Batch> {
  const addresses = new AddressSet()
  const before = counts.lines
  let lines: ReaderLine[] = []
  let read = -1
  let given = -1
  for await (const { line, cells } of csvRecords(plan.file, plan.format)) {
    read += 1
    if (read === 0) continue
    const reader = readerIn(cells, line, plan, read > before ? counts : undefined)
    if (!reader) continue
    const isNew = addresses.add(reader.key)
    if (read <= before) continue
    if (isNew) lines.push(reader)
    else counts.repeated += 1
    if (lines.length < plan.batch) continue
    yield { lines, read }
    lines = []
    given = read
  }
  if (read > Math.max(given, before)) yield { lines, read }
}

function readerIn(
  cells: string[],
  line: number,
  plan: FileImport,
  counts: ImportCounts | undefined,
): ReaderLine | undefined {
  try {
    return readLine(cells, plan)
  } catch (error) {
    if (!(error instanceof BadLine)) throw error
    if (!counts) return undefined
    counts.invalid += 1
    plan.onProblem?.({ line, problem: error.message })
    return undefined
  }
}
