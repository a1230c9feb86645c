import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { suppressionsRepository } from '../suppressions/repository.js'
import type { ReaderTokens } from '../tokens.js'
import { type ImportConsent, importRepository, type NewReader } from './import.repository.js'
import type { ImportChoices, KnownReader, ReaderLine, Status } from './schema.js'
import { statusOf, type Verdict, verdictOf } from './verdict.js'

/** How many lines are taken in one transaction while readers wait for pages: few enough that they do not notice. */
export const BATCH = 500

/** The same from the shell, where nobody waits: with fewer, larger transactions less is written twice. */
export const LARGE_BATCH = 5_000

const ASKED_AT_ONCE = 500

export interface IntakeServices {
  clock: Clock
  ids: Ids
  tokens: ReaderTokens
}

/** How lines are taken in, and what the readers' history says of it. */
export type Intake = ImportChoices & {
  /** where the lines come from: a file and the day, a form of the desk */
  form: string
}

/** A line, the reader of its address, and what becomes of it. */
interface Judged {
  line: ReaderLine
  known: KnownReader | undefined
  verdict: Verdict
}

export type ReaderIntake = ReturnType<typeof readerIntake>

/** Takes readers into the list by batches, as a file, the desk or the shell brings them. */
export function readerIntake({ clock, ids, tokens }: IntakeServices) {
  const now = () => clock().toISOString()

  return {
    /** What would become of lines, in their order. @param lines each address once */
    async judge(db: Database, lines: ReaderLine[], choices: ImportChoices): Promise<Judged[]> {
      const known = new Map<string, KnownReader>()
      for (const some of portions(lines))
        for (const reader of await importRepository(db).known(
          some.map(({ key }) => key),
          ASKED_AT_ONCE,
        ))
          known.set(reader.key, reader)
      const suppressed = await suppressedKeys(db, lines)
      return lines.map(line => ({
        line,
        known: known.get(line.key),
        verdict: verdictOf(line, known.get(line.key), suppressed.has(line.key), choices),
      }))
    },

    /** Takes lines in. @returns what became of each */
    async take(tx: Database, lines: ReaderLine[], intake: Intake): Promise<Verdict[]> {
      const judged = await this.judge(tx, lines, intake)
      await addNew(
        tx,
        judged.filter(({ verdict }) => verdict === 'added').map(({ line }) => line),
        intake,
      )
      for (const { line, known, verdict } of judged) if (known) await amend(tx, line, known, verdict, intake)
      return judged.map(({ verdict }) => verdict)
    },
  }

  async function suppressedKeys(db: Database, lines: ReaderLine[]): Promise<Set<string>> {
    const repository = importRepository(db)
    if (!(await repository.hasSuppressions())) return new Set()
    const barred = new Set<string>()
    for (const some of portions(lines)) {
      const keys = new Map(some.map(({ key }) => [tokens.fold(key), key]))
      for (const hash of await repository.suppressed([...keys.keys()], ASKED_AT_ONCE))
        barred.add(keys.get(hash) ?? '')
    }
    return barred
  }

  async function addNew(tx: Database, lines: ReaderLine[], intake: Intake): Promise<void> {
    const repository = importRepository(tx)
    const readers = lines.map(line => newReader(line, statusOf(line, intake)))
    await repository.add(readers)
    await repository.addConsents(
      lines.map((line, index) => consentOf(line, readers[index]?.id ?? '', intake)),
    )
    await repository.addSections(
      lines.flatMap(({ sections }, index) =>
        sections.map(sectionId => ({ readerId: readers[index]?.id ?? '', sectionId })),
      ),
    )
    for (const line of lines) if (line.suppressed) await suppress(tx, line, intake)
  }

  function newReader(line: ReaderLine, status: Status): NewReader {
    const { email, key, name, frequency } = line
    return {
      ...{ id: ids(), email, key, name, frequency, status },
      created: line.created ?? line.consented ?? now(),
      confirmed: line.confirmed ?? null,
      unsubscribed: line.unsubscribed ?? (status === 'unsubscribed' ? now() : null),
      suppressed: line.suppressed?.reason ?? null,
    }
  }

  function consentOf(line: ReaderLine, subscriberId: string, { form, source }: Intake): ImportConsent {
    const at = line.consented ?? line.created ?? now()
    return { id: ids(), subscriberId, at, event: 'imported', form, detail: line.source || source }
  }

  async function amend(
    tx: Database,
    line: ReaderLine,
    known: KnownReader,
    verdict: Verdict,
    intake: Intake,
  ): Promise<void> {
    const repository = importRepository(tx)
    const note = (consent: ImportConsent) => repository.addConsents([consent])
    switch (verdict) {
      case 'activated':
      case 'revived':
        await repository.setStatus(known.id, statusOf(line, intake), null)
        return note({ ...consentOf(line, known.id, intake), at: now() })
      case 'left': {
        const at = line.unsubscribed ?? now()
        await repository.setStatus(known.id, 'unsubscribed', at)
        return note({ ...consentOf(line, known.id, intake), at, event: 'unsubscribed' })
      }
      case 'completed':
        if (known.name === '' && line.name !== '') await repository.setName(known.id, line.name)
        if (!line.suppressed) return
        await repository.setSuppressed(known.id, line.suppressed.reason)
        return suppress(tx, line, intake)
    }
  }

  async function suppress(
    tx: Database,
    { email, key, suppressed }: ReaderLine,
    { form }: Intake,
  ): Promise<void> {
    if (!suppressed) return
    const { reason, at = now(), detail = form } = suppressed
    await suppressionsRepository(tx).add({
      ...{ hash: tokens.fold(key), email: reason === 'erased' ? null : email, reason, at },
      detail,
    })
  }
}

function portions(lines: ReaderLine[]): ReaderLine[][] {
  return Array.from({ length: Math.ceil(lines.length / ASKED_AT_ONCE) }, (_, index) =>
    lines.slice(index * ASKED_AT_ONCE, (index + 1) * ASKED_AT_ONCE),
  )
}
