import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { parseAddress } from '../address.js'
import { chosenSectionsRepository } from '../chosen-sections.repository.js'
import type { OfferedSections } from '../offered-sections.js'
import type { Suppressions } from '../suppressions/service.js'
import { copyRepository } from './copy.repository.js'
import { preferencesRepository } from './repository.js'
import { keptKinds, type OwnReader } from './schema.js'

export interface CopyServices {
  db: Database
  clock: Clock
  suppressions: Suppressions
  offered: OfferedSections
}

const PAGE = 200

/**
 * A reader's copy of all that is kept of them (GDPR, articles 15 and 20), as the text of a JSON object: `exported`, `reader`,
 * `suppression`, then the lists `consents`, `deliveries` and `bounces`. It comes in pieces, since lists grow for years.
 */
export async function* copyOfAll(
  { db, clock, suppressions, offered }: CopyServices,
  readerId: string,
): AsyncGenerator<string> {
  const reader = await preferencesRepository(db).reader(readerId)
  if (!reader) return
  const chosen = new Set(await chosenSectionsRepository(db).of(readerId))
  const sections = (await offered()).filter(({ id }) => chosen.has(id)).map(({ name }) => name)
  const suppression = await suppressions.of(db, parseAddress(reader.email)?.key ?? reader.email)
  const { reason, detail, at } = suppression ?? {}
  const head = {
    exported: clock().toISOString(),
    reader: described(reader, sections),
    suppression: suppression ? { reason, detail, at } : null,
  }
  yield JSON.stringify(head, null, 2).slice(0, -2)
  for (const kind of keptKinds) {
    yield `,\n  "${kind}": [`
    let separator = ''
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { rows, next } = await copyRepository(db).page(kind, readerId, after, PAGE)
      for (const row of rows) {
        yield `${separator}\n    ${JSON.stringify(row)}`
        separator = ','
      }
      after = next
    }
    yield separator ? '\n  ]' : ']'
  }
  yield '\n}\n'
}

function described(reader: OwnReader, sections: string[]) {
  const { id, email, name, frequency, status, created, confirmed, unsubscribed } = reader
  return { id, email, name, frequency, sections, status, created, confirmed, unsubscribed }
}
