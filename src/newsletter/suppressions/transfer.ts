import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { AddressSet } from '../readers/address-set.js'
import { type CsvRecord, csvRecords, inspectCsv } from '../readers/csv.js'
import { guardedCell } from '../readers/formula.js'
import type { ReaderTokens } from '../tokens.js'
import { columnsOf, readLine } from './line.js'
import { suppressionsRepository } from './repository.js'
import type { Suppression } from './schema.js'
import type { Suppressions } from './service.js'

export interface TransferServices {
  db: Database
  clock: Clock
  tokens: ReaderTokens
  suppressions: Suppressions
}

export interface SuppressionImport {
  /** only say what would become of the lines */
  dryRun: boolean
  /** what is noted where a line says nothing of why */
  detail: string
  onProblem(problem: { line: number; problem: string }): void
}

export interface SuppressionCounts {
  lines: number
  added: number
  known: number
  repeated: number
  invalid: number
}

export type SuppressionTransfer = ReturnType<typeof suppressionTransfer>

const BATCH = 500

/** The list as a file. Neither way holds more than a piece of it in memory. */
export function suppressionTransfer({ db, clock, tokens, suppressions }: TransferServices) {
  const keep = async (lines: Suppression[]): Promise<number> =>
    db.transaction(async tx => {
      const repository = suppressionsRepository(tx)
      const keys: string[] = []
      let added = 0
      for (const line of lines) {
        if (!(await repository.add(line))) continue
        added += 1
        if (line.email) keys.push(line.email.toLowerCase())
      }
      for (const key of await repository.readersAmong(keys)) await suppressions.apply(tx, key)
      return added
    })

  // A hash does not tell its address, so readers are held against the list.
  const markReaders = async (): Promise<void> => {
    const repository = suppressionsRepository(db)
    for (let after = ''; ; ) {
      const readers = await repository.unmarkedAfter(after, BATCH)
      const last = readers.at(-1)
      if (!last) return
      const hashes = await repository.among(readers.map(({ key }) => tokens.fold(key)))
      const found = readers.filter(({ key }) => hashes.has(tokens.fold(key)))
      if (found.length)
        await db.transaction(async tx => {
          for (const { key } of found) await suppressions.apply(tx, key)
        })
      after = last.id
      await setImmediate()
    }
  }

  async function* csv(): AsyncGenerator<string> {
    yield 'email,reason,at,detail,hash,key\r\n'
    for (let after = ''; ; ) {
      const rows = await suppressionsRepository(db).after(after, BATCH)
      const last = rows.at(-1)
      if (!last) return
      yield rows.map(row => lineOf(row, tokens.foldedWith)).join('')
      after = last.hash
    }
  }

  return {
    /**
     * Takes in a file of addresses: CSV with a line of column names, of which `email` or `hash` must be there, or an address a line.
     * @throws Invalid when it is no text in lines and columns
     */
    async importFrom(
      file: string,
      { dryRun, detail, onProblem }: SuppressionImport,
    ): Promise<SuppressionCounts> {
      const format = await inspectCsv(file)
      const { columns, named } = columnsOf(format.header)
      const counts = { lines: 0, added: 0, known: 0, repeated: 0, invalid: 0 }
      const seen = new AddressSet()
      let hashesOnly = false

      const take = async (records: CsvRecord[]): Promise<void> => {
        const fresh: Suppression[] = []
        for (const { line, cells } of records) {
          const read = readLine(cells, columns, { tokens, now: clock(), detail })
          counts.lines += 1
          if ('problem' in read) {
            counts.invalid += 1
            onProblem({ line, problem: read.problem })
          } else if (seen.add(read.hash)) fresh.push(read)
          else counts.repeated += 1
        }
        hashesOnly ||= fresh.some(({ email }) => email === null)
        const known = dryRun
          ? (await suppressionsRepository(db).among(fresh.map(({ hash }) => hash))).size
          : 0
        const added = dryRun ? fresh.length - known : await keep(fresh)
        counts.added += added
        counts.known += fresh.length - added
        await setImmediate()
      }

      let records: CsvRecord[] = []
      let isHead = named
      for await (const record of csvRecords(file, format)) {
        if (isHead) {
          isHead = false
          continue
        }
        records.push(record)
        if (records.length < BATCH) continue
        await take(records)
        records = []
      }
      await take(records)
      if (hashesOnly && !dryRun) await markReaders()
      return counts
    },

    csv,

    /** Writes the list into a file that its owner alone can read, in place of what was there. */
    async exportTo(file: string): Promise<number> {
      const unfinished = `${file}.part`
      let lines = -1
      async function* counted(): AsyncGenerator<string> {
        for await (const piece of csv()) {
          lines += piece.split('\r\n').length - 1
          yield piece
        }
      }
      try {
        await pipeline(Readable.from(counted()), createWriteStream(unfinished, { mode: 0o600 }))
        await rename(unfinished, file)
      } catch (error) {
        await rm(unfinished, { force: true })
        throw error
      }
      return lines
    },
  }
}

function lineOf({ email, reason, at, detail, hash }: Suppression, key: string): string {
  return `${[email ?? '', reason, at, detail, hash, key].map(cell).join(',')}\r\n`
}

// RFC 4180. A line break in what a server said would make two lines of one.
function cell(value: string): string {
  const text = guardedCell(value.replace(/\s*[\r\n]+\s*/g, ' '))
  return /[",;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
