import path from 'node:path'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../foundation/errors.js'
import { isUnsure } from '../foundation/storage-trouble.js'
import { type Developed, develop, developCard, type Negative, removeFiles } from './darkroom.js'
import { extensions } from './formats.js'
import type { Lane } from './lane.js'
import { namesFor } from './naming.js'
import type { Incoming, Originals } from './originals.js'
import { asPicture, filesOf } from './picture.js'
import { removedRepository } from './removed.repository.js'
import { type Content, mediaRepository } from './repository.js'
import type { Details, LibraryQuery, ListedItem, MediaItem, MediaPicture, Use } from './schema.js'
import { usesRepository } from './uses.repository.js'

export interface LibraryServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  /** notes in a transaction that readers will see it */
  contentChanged: (tx: Database) => Promise<void>
  /** where the public files stand */
  folder: string
  originals: Originals
  lane: Lane
  /** to be called when AVIF files are to be made */
  wake: () => void
}

export type LibraryService = ReturnType<typeof libraryService>

const PAGE_LENGTH = 60
const MOST_USES = 200

const nothingSaid = {
  alt: '',
  decorative: false,
  caption: '',
  credit: '',
  licence: '',
  focalX: 50,
  focalY: 50,
}

/** What the desk does with pictures. */
export function libraryService(services: LibraryServices) {
  const { db, clock, ids, audit, contentChanged, folder, originals, lane, wake } = services
  const repository = mediaRepository(db)

  /** Makes the files of what came in, and only if all else goes well does it stay. */
  const developed = async <T>(
    incoming: Incoming,
    picture: Omit<Negative, 'file' | 'hash'>,
    enter: (content: Content) => Promise<T>,
  ): Promise<T> => {
    const made: string[] = []
    let original: string | undefined
    try {
      const files = await lane.run(() => develop({ ...picture, ...incoming }, folder))
      made.push(...files.variants.map(variant => variant.file), files.card)
      original = await originals.keep(incoming, originalName(picture.id, incoming, files))
      return await enter({ ...files, hash: incoming.hash, bytes: incoming.bytes, original })
    } catch (error) {
      // A row may stand that nobody could confirm; if none does, the files are swept away.
      if (!isUnsure(error)) await removeAll(incoming, original, made).catch(() => undefined)
      throw error
    }
  }

  const removeAll = async (
    incoming: Incoming,
    original: string | undefined,
    made: string[],
  ): Promise<void> => {
    await originals.drop(incoming)
    if (original) await originals.remove(original)
    await removeFiles(folder, made)
  }

  const freeName = async (tx: Database, filename: string, content: Content): Promise<string> => {
    if (!content.type) throw new Invalid()
    for (const name of namesFor(filename, content.type, clock())) {
      if (!(await mediaRepository(tx).byName(name))) return name
    }
    throw new Invalid()
  }

  /** Removes the files of a content that no row names any more. */
  const clear = async (item: MediaItem, still: string[] = []): Promise<void> => {
    const twins = (await repository.twins(item)).flatMap(filesOf)
    const kept = new Set([...still, ...twins])
    await removeFiles(
      folder,
      filesOf(item).filter(file => !kept.has(file)),
    )
  }

  const put = async (item: MediaItem, incoming: Incoming, actor: Actor | undefined): Promise<void> => {
    await developed(incoming, item, content =>
      db.transaction(async tx => {
        if (!(await mediaRepository(tx).replace(item.id, item.hash, content)))
          throw new Conflict('Somebody replaced this picture meanwhile. Look at theirs first.')
        await audit.record(tx, actor, { action: 'replaced', subject: subject(item) })
        await contentChanged(tx)
      }),
    )
    // At once: what was replaced may show what must not be seen, a face or a place.
    await clear(item)
    if (item.original) await originals.remove(item.original)
    wake()
  }

  const take = async (
    incoming: Incoming,
    naming: (tx: Database, content: Content) => Promise<string>,
    actor: Actor | undefined,
    details: Partial<Details> = {},
  ): Promise<MediaItem> => {
    const base = { ...nothingSaid, ...details, id: ids(), awaitsAvif: true }
    const item = await developed(incoming, base, content =>
      db.transaction(async tx => {
        const added: MediaItem = {
          ...base,
          ...content,
          name: await naming(tx, content),
          created: clock().toISOString(),
          accountId: actor?.id ?? null,
          accountName: actor?.name ?? '',
        }
        await mediaRepository(tx).add(added)
        if (actor) await audit.record(tx, actor, { action: 'uploaded', subject: subject(added) })
        // Texts may have named it before it came.
        await contentChanged(tx)
        return added
      }),
    )
    wake()
    return item
  }

  // Older versions kept no originals: then the widest of the public files is the best there is.
  const sourceOf = ({ original, variants }: MediaItem): string =>
    original ? originals.where(original) : path.join(folder, variants.at(-1)?.file ?? '')

  const editable = async (id: string, actor: Actor): Promise<MediaItem> =>
    found(await repository.editable(id, actor))

  return {
    /**
     * Takes a picture from files beside an article under the name by which texts refer to it; one of that name is
     * replaced, and what the library already says of it stays.
     * @throws Invalid when the bytes are no picture
     */
    async add(name: string, bytes: Buffer, details: Partial<Details> = {}): Promise<MediaPicture> {
      const incoming = await originals.receive(ids(), [bytes])
      const known = await repository.byName(name)
      if (known?.hash === incoming.hash) await originals.drop(incoming)
      else if (known) await put(known, incoming, undefined)
      else return asPicture(await take(incoming, async () => name, undefined, details))
      return asPicture(found(await repository.byName(name)))
    },

    /** Writes an upload to disk; what becomes of it is decided afterwards. */
    receive: (source: AsyncIterable<Buffer>): Promise<Incoming> => originals.receive(ids(), source),
    drop: originals.drop,

    /**
     * Takes an upload into the library.
     * @param filename as the uploader's machine called it
     * @throws Invalid, with a sentence for the uploader, when it is no picture that can be shown; nothing is left of it
     */
    async upload(incoming: Incoming, filename: string, actor: Actor): Promise<MediaPicture> {
      return asPicture(await take(incoming, (tx, content) => freeName(tx, filename, content), actor))
    },

    /**
     * Puts a new file in the place of a picture: every page that shows it shows the new one at once.
     * @throws NotFound when it is not this actor's to change; Invalid when the upload is no picture; Conflict when
     *   somebody was faster
     */
    async replace(id: string, incoming: Incoming, actor: Actor): Promise<void> {
      const item = await repository.editable(id, actor)
      if (item && item.hash !== incoming.hash) return put(item, incoming, actor)
      await originals.drop(incoming)
      found(item)
    },

    /** Saves what a picture's form says. @throws NotFound when it is not this actor's to change */
    async describe(id: string, details: Details, actor: Actor): Promise<void> {
      const item = await editable(id, actor)
      const moved = item.focalX !== details.focalX || item.focalY !== details.focalY
      const card = moved
        ? await lane.run(() => developCard({ ...item, ...details, file: sourceOf(item) }, folder))
        : item.card
      await db.transaction(async tx => {
        await mediaRepository(tx).describe(item, details, card)
        await audit.record(tx, actor, { action: 'described', subject: subject(item) })
        await contentChanged(tx)
      })
      if (card !== item.card) await removeFiles(folder, [item.card])
    },

    /**
     * Removes a picture that nothing shows. Its public files are gone at once; it can be taken back for a day.
     * @throws NotFound when it is not this actor's to change; Conflict when something shows it
     */
    async remove(id: string, actor: Actor): Promise<MediaItem> {
      const item = await editable(id, actor)
      await db.transaction(async tx => {
        if (!(await mediaRepository(tx).remove(id, actor)))
          throw new Conflict('This picture is shown somewhere. Take it out there first.')
        if (item.original) await removedRepository(tx).keep(item, clock().toISOString())
        await audit.record(tx, actor, { action: 'deleted', subject: subject(item) })
      })
      await clear(item)
      return item
    },

    /**
     * Takes a deletion back: the files are made anew from the original.
     * @throws NotFound when a day has passed or it is not this actor's; Conflict when its name was given away
     */
    async restore(id: string, actor: Actor): Promise<MediaItem> {
      const item = await removedRepository(db).find(id, actor)
      if (!item?.original) throw new NotFound('This picture cannot be taken back any more. Upload it again.')
      const negative = { ...item, file: originals.where(item.original) }
      const files = await lane.run(() => develop(negative, folder))
      try {
        await db.transaction(async tx => {
          if (!(await removedRepository(tx).forget(id))) throw new Conflict('It is back already.')
          if (await mediaRepository(tx).byName(item.name))
            throw new Conflict('Another picture has its name now. Upload this one again.')
          await mediaRepository(tx).add({ ...item, ...files, awaitsAvif: true })
          await contentChanged(tx)
          await audit.record(tx, actor, { action: 'restored', subject: subject(item) })
        })
      } catch (error) {
        if (!(await repository.byIds([id])).length)
          await removeFiles(folder, [...files.variants.map(variant => variant.file), files.card])
        throw error
      }
      wake()
      return item
    },

    /** A picture as its page at the desk shows it. @throws NotFound */
    async item(id: string, actor: Actor): Promise<{ item: ListedItem; picture: MediaPicture; uses: Use[] }> {
      const item = found(await repository.listed(id, actor))
      return { item, picture: asPicture(item), uses: await usesRepository(db).of(id, MOST_USES) }
    },

    /** The private original. @throws NotFound when it is not this actor's, or was never kept */
    async original(id: string, actor: Actor) {
      const item = await editable(id, actor)
      const { original, type } = item
      if (!original || !type) throw new NotFound('The original of this picture was not kept.')
      return { type, filename: path.basename(item.name), stream: originals.read(original) }
    },

    /** A page of the library, newest first. `older` is the next page's `before`. */
    async page(query: LibraryQuery, actor: Actor, limit = PAGE_LENGTH) {
      const items = await repository.search(query, actor, limit + 1)
      const shown = items.slice(0, limit)
      return {
        pictures: shown.map(item => ({ item, picture: asPicture(item) })),
        older: items.length > limit ? shown.at(-1)?.id : undefined,
      }
    },
  }
}

function originalName(id: string, { hash }: Incoming, { type }: Developed): string {
  return `${id}-${hash.slice(0, 12)}.${extensions[type]}`
}

function subject({ id, name }: MediaItem) {
  return { kind: 'picture', id, label: name }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new NotFound('There is no such picture, or it is not yours to change.')
  return value
}
