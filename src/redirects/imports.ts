import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Invalid, NotFound } from '../foundation/errors.js'
import { readFrom, readTo } from './addresses.js'
import { chain, follow, type Next } from './chains.js'
import { importsRepository, type Settled } from './imports.repository.js'
import type { ImportLine } from './schema.js'
import type { FormerAddresses, RedirectsService } from './service.js'

export interface ImportServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  origin: string
  former: FormerAddresses
  answers(path: string): boolean
  redirects: RedirectsService
}

export type ImportsService = ReturnType<typeof importsService>

export const MOST_LINES = 100_000
const SHOWN_PROBLEMS = 200
const BATCH = 500
const DAY = 86_400_000

const csv = {
  bom: true,
  info: true,
  delimiter: [',', ';', '\t'],
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
  max_record_size: 20_000,
}

/** Files of redirects: looked through first, then taken in. Never more than a batch of lines is in memory. */
export function importsService(services: ImportServices) {
  const { db, clock, ids, audit, origin, former, answers, redirects } = services
  const repository = importsRepository(db)

  const lineOf = (cells: string[], line: number, { from, to }: Columns): ImportLine => {
    const typed = { from: (cells[from] ?? '').slice(0, 2_100), to: (cells[to] ?? '').slice(0, 2_100) }
    const blank = { line, redirectId: ids(), ...typed, key: '' }
    if (cells.length < 2) return { ...blank, problem: 'This line has no second column.' }
    const source = readFrom(typed.from, answers)
    if (source.problem !== undefined) return { ...blank, problem: source.problem }
    const target = readTo(typed.to, origin)
    if (target.problem !== undefined) return { ...blank, from: source.value, problem: target.problem }
    return { ...blank, from: source.value, to: target.value.address, key: target.value.key, problem: '' }
  }

  const keep = (importId: string, lines: ImportLine[]) =>
    db.transaction(async tx => {
      for (const line of lines) {
        const twin = !line.problem && (await importsRepository(tx).from(importId, line.from))
        const problem = twin ? `Line ${twin.line} leads from this address already.` : line.problem
        await importsRepository(tx).add(importId, { ...line, problem })
      }
    })

  const takeLines = async (importId: string, file: Readable): Promise<number> => {
    let columns: Columns | undefined
    let lines: ImportLine[] = []
    let count = 0
    // A parser that fails must not leave the upload hanging, nor the other way round.
    const { parse } = await import('csv-parse')
    const parser = file.pipe(parse(csv))
    file.once('error', error => parser.destroy(error))
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[]
      info: { lines: number }
    }>) {
      if (!columns) {
        columns = namedColumns(record)
        if (columns) continue
        columns = { from: 0, to: 1 }
      }
      count += 1
      if (count > MOST_LINES)
        throw new Invalid(
          `The file has more than ${MOST_LINES.toLocaleString('en')} lines. Send it in parts.`,
        )
      lines.push(lineOf(record, info.lines, columns))
      if (lines.length === BATCH) {
        await keep(importId, lines)
        lines = []
        await setImmediate()
      }
    }
    await keep(importId, lines)
    return count
  }

  /** One step from an address as it would be with the file taken in. */
  const nextWith =
    (tx: Database, importId: string): Next =>
    async key => {
      const path = key.split('?', 1)[0] as string
      if (key === path && (await former.stands(path))) return undefined
      const line = await importsRepository(tx).from(importId, key)
      return line ? { address: line.to, key: line.key } : redirects.nextAfter(tx)(key)
    }

  const settleLines = async (importId: string): Promise<void> => {
    await db.transaction(tx => importsRepository(tx).unsettle(importId))
    // A line in a circle counts as it stands until all are looked at, so that each line of it is told.
    for (let after = 0; ; ) {
      const batch = await repository.usable(importId, after, BATCH)
      const settled: Settled[] = []
      for (const { line, from, to, key } of batch) {
        const followed = await follow(from, { address: to, key }, nextWith(db, importId))
        const circle = followed.loop ? `Leads in a circle: ${chain(followed.loop)}.` : ''
        const target = followed.loop ? { address: to, key } : followed.target
        if (circle || target.address !== to) settled.push({ line, ...target, circle })
      }
      await db.transaction(async tx => {
        for (const one of settled) await importsRepository(tx).settle(importId, one)
      })
      const last = batch.at(-1)
      if (!last || batch.length < BATCH) break
      after = last.line
      await setImmediate()
    }
    await db.transaction(tx => importsRepository(tx).refuseCircles(importId))
  }

  return {
    /**
     * Looks through a file of redirects and keeps what it found for a day.
     * @param file CSV with the columns `from` and `to`, or two columns without names
     * @returns the import's id
     * @throws Invalid when it is no CSV, or too long; nothing is kept then
     */
    async dryRun(actor: Actor, file: Readable): Promise<string> {
      const now = clock()
      const id = ids()
      await db.transaction(tx =>
        importsRepository(tx).begin(
          id,
          actor.id,
          now.toISOString(),
          new Date(now.getTime() - DAY).toISOString(),
        ),
      )
      try {
        const lines = await takeLines(id, file)
        if (lines === 0) throw new Invalid('The file has no lines. It needs the columns from and to.')
        await settleLines(id)
        await repository.finish(id, lines)
        return id
      } catch (error) {
        // The rest of the upload is read away, so that the answer gets through.
        file.unpipe().resume()
        await repository.discard(id)
        const { CsvError } = await import('csv-parse')
        throw error instanceof CsvError
          ? new Invalid(`The file cannot be read as CSV: ${error.message}.`)
          : error
      }
    },

    /** What a dry run found. @throws NotFound when it is gone or somebody else's */
    async found(actor: Actor, id: string) {
      await own(actor, id)
      const problems = await repository.problems(id, SHOWN_PROBLEMS)
      return { id, counts: await repository.counts(id), problems }
    },

    /** Takes in the lines without a problem, all of them or none. @returns how many */
    async apply(actor: Actor, id: string): Promise<number> {
      await own(actor, id)
      // What was changed since the dry run counts too.
      await settleLines(id)
      return db.transaction(async tx => {
        const { added, replaced } = await importsRepository(tx).counts(id)
        await importsRepository(tx).shortcut(id)
        await inSteps(tx, actor, id)
        await importsRepository(tx).discard(id)
        await audit.record(tx, actor, {
          action: 'imported',
          subject: { kind: 'redirect', id, label: 'A file of redirects' },
          details: { added, replaced },
        })
        return added + replaced
      })
    },

    async discard(actor: Actor, id: string): Promise<void> {
      await own(actor, id)
      await repository.discard(id)
    },
  }

  async function own(actor: Actor, id: string): Promise<void> {
    if (!(await repository.isOf(id, actor.id)))
      throw new NotFound(
        'This file is no longer here: it was taken in, discarded, or sent more than a day ago.',
      )
  }

  async function inSteps(tx: Database, actor: Actor, id: string): Promise<void> {
    const now = clock().toISOString()
    for (let after = 0; ; ) {
      const batch = await importsRepository(tx).usable(id, after, BATCH)
      const last = batch.at(-1)
      if (!last) return
      await importsRepository(tx).apply(id, { after, upTo: last.line, now, accountId: actor.id })
      after = last.line
      await setImmediate()
    }
  }
}

interface Columns {
  from: number
  to: number
}

const sources = ['from', 'source', 'source url', 'old', 'old url']
const targets = ['to', 'target', 'target url', 'new', 'new url', 'destination']

/** Which columns hold what, when the first line says so. */
function namedColumns(cells: string[]): Columns | undefined {
  const names = cells.map(cell => cell.toLowerCase())
  const from = names.findIndex(name => sources.includes(name))
  const to = names.findIndex(name => targets.includes(name))
  return from >= 0 && to >= 0 ? { from, to } : undefined
}
