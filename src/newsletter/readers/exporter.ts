import { setImmediate } from 'node:timers/promises'
import type { Database } from '../../foundation/database.js'
import type { ReaderTokens } from '../tokens.js'
import { type ExportedReader, exportRepository } from './export.repository.js'
import { guardedCell } from './formula.js'

const BATCH = 500

// As an import guesses them. `surname` is for the files of others.
const header =
  'email,name,status,frequency,sections,joined_at,consented_at,confirmed_at,unsubscribed_at,source,suppressed,suppressed_at,suppressed_detail'

export interface ExportServices {
  db: Database
  tokens: ReaderTokens
  /** id → slug */
  sections(): Promise<Map<string, string>>
}

/**
 * All readers as CSV (RFC 4180), in the order in which they came, a batch in each piece; an import takes the same back without
 * loss. What spreadsheets would take for a formula is guarded by an apostrophe, which an import takes away.
 */
export async function* readersAsCsv({ db, tokens, sections }: ExportServices): AsyncGenerator<string> {
  const repository = exportRepository(db)
  const slugs = await sections()
  yield `${header}\r\n`
  for (let after = ''; ; ) {
    const readers = await repository.readers(after, BATCH)
    const [first, last] = [readers[0], readers.at(-1)]
    if (!first || !last) return
    const consents = await repository.consents(first.id, last.id)
    const choices = await repository.choices(first.id, last.id)
    const fold = ({ key }: ExportedReader) => tokens.fold(key)
    const reasons = await repository.suppressions(readers.filter(({ suppressed }) => suppressed).map(fold))
    const lines = readers.map(reader => {
      const consent = consents.get(reader.id)
      const reason = reader.suppressed ? reasons.get(fold(reader)) : undefined
      const chosen = (choices.get(reader.id) ?? []).map(id => slugs.get(id) ?? '').filter(Boolean)
      return rowOf([
        ...[reader.email, reader.name, reader.status, reader.frequency, chosen.sort().join(' ')],
        ...[reader.created, consent?.at, reader.confirmed, reader.unsubscribed],
        consent && (consent.event === 'imported' ? consent.detail : consent.form),
        ...[reader.suppressed, reason?.at, reason?.detail],
      ])
    })
    yield lines.join('')
    after = last.id
    await setImmediate()
  }
}

function rowOf(cells: (string | null | undefined)[]): string {
  return `${cells.map(text => quoted(guardedCell(text ?? ''))).join(',')}\r\n`
}

function quoted(text: string): string {
  return /[",\r\n;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
