import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { type Originals, sweepFolder } from './originals.js'
import { filesOf } from './picture.js'
import { removedRepository } from './removed.repository.js'
import { mediaRepository } from './repository.js'
import type { MediaItem } from './schema.js'

const BATCH = 1_000
// What is younger may belong to an upload or an import that is still under way.
const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * Makes what removes files that no row names (a crash between a file and its row may leave some), and what was deleted
 * a day ago.
 */
export function sweeper({
  db,
  clock,
  folder,
  originals,
}: {
  db: Database
  clock: Clock
  folder: string
  originals: Originals
}): () => Promise<void> {
  const forgetRemoved = async (): Promise<void> => {
    const moment = new Date(clock().getTime() - DAY).toISOString()
    for (const { id, original } of await removedRepository(db).before(moment, BATCH)) {
      if ((await removedRepository(db).forget(id)) && original) await originals.remove(original)
    }
  }

  const namesOf = async (
    after: (id: string, limit: number) => Promise<MediaItem[]>,
  ): Promise<Set<string>> => {
    const names = new Set<string>()
    let last = ''
    for (;;) {
      const items = await after(last, BATCH)
      for (const item of items)
        for (const name of [...filesOf(item), item.original]) if (name) names.add(name)
      if (items.length < BATCH) return names
      last = items.at(-1)?.id ?? ''
    }
  }

  return async () => {
    await forgetRemoved()
    const before = new Date(clock().getTime() - HOUR)
    // Read again at the end: what is deleted or taken back meanwhile goes from one table to the other.
    const tables = [mediaRepository(db), removedRepository(db), mediaRepository(db)]
    const names: Set<string>[] = []
    for (const { after } of tables) names.push(await namesOf(after))
    const [known = new Set<string>(), , knownNow = known] = names
    await sweepFolder(folder, name => known.has(name) || knownNow.has(name), before)
    await originals.sweep(name => names.some(some => some.has(name)), before)
  }
}
