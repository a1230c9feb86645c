import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { type Originals, sweepFolder } from './originals.js'
import { filesOf } from './picture.js'
import { mediaRepository } from './repository.js'

const BATCH = 1_000
// What is younger may belong to an upload or an import that is still under way.
const HOUR = 3_600_000

/** Makes what removes files that no row names: a crash between a file and its row may leave some. */
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
  return async () => {
    const before = new Date(clock().getTime() - HOUR)
    const known = new Set<string>()
    const keptOriginals = new Set<string>()
    let last = ''
    for (;;) {
      const items = await mediaRepository(db).after(last, BATCH)
      for (const item of items) {
        for (const file of filesOf(item)) known.add(file)
        if (item.original) keptOriginals.add(item.original)
      }
      if (items.length < BATCH) break
      last = items.at(-1)?.id ?? ''
    }
    await sweepFolder(folder, name => known.has(name), before)
    await originals.sweep(name => keptOriginals.has(name), before)
  }
}
