import type { Database } from '../foundation/database.js'
import { filesOf } from './picture.js'
import { removedRepository } from './removed.repository.js'
import { mediaRepository } from './repository.js'
import type { MediaItem } from './schema.js'

const BATCH = 1_000

/** Every file that a row of the library names, below the data folder, with the originals of what can still be taken back. */
export async function* libraryFiles(db: Database): AsyncGenerator<string> {
  for await (const item of inBatches(mediaRepository(db).after)) {
    for (const file of filesOf(item)) yield `media/${file}`
    if (item.original) yield `media-originals/${item.original}`
  }
  for await (const { original } of inBatches(removedRepository(db).after))
    if (original) yield `media-originals/${original}`
}

async function* inBatches(
  after: (id: string, limit: number) => Promise<MediaItem[]>,
): AsyncGenerator<MediaItem> {
  for (let items = await after('', BATCH); items.length; items = await after(items.at(-1)?.id ?? '', BATCH))
    yield* items
}
