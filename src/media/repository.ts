import { z } from 'zod'
import { type Database, join, raw, type Sql, sql } from '../foundation/database.js'
import { type Actor, editors } from '../foundation/desk.js'
import { fixedLists } from '../foundation/fixed-query.js'
import { readOnce } from '../foundation/read-once.js'
import { type Details, type LibraryQuery, ListedItem, MediaItem, ShownItem, type Variant } from './schema.js'

const columns =
  raw(`m.id, m.name, m.hash, m.width, m.height, m.variants, m.card, m.created, m.alt, m.decorative,
  m.caption, m.credit, m.licence, m.focal_x as focalX, m.focal_y as focalY, m.type, m.bytes, m.original,
  m.account_id as accountId, m.account_name as accountName, m.awaits_avif as awaitsAvif`)

const unused = sql`not exists (select 1 from media_uses as u where u.media_id = m.id)`
const withoutAlt = sql`m.alt = '' and m.decorative = 0`

const shownColumns = raw(
  `id, name, variants, card, alt, decorative, caption, credit, focal_x as focalX, focal_y as focalY`,
)

const MediaItems = z.array(MediaItem)
const MOST_REMEMBERED = 2_000
const shownItem = readOnce(row => ShownItem.parse(row), { most: MOST_REMEMBERED })
const NamedPicture = MediaItem.pick({ id: true, name: true })
export type NamedPicture = z.infer<typeof NamedPicture>
const NamedPictures = z.array(NamedPicture)
const MaybeMediaItem = MediaItem.optional()
const ListedItems = z.array(ListedItem)
const MaybeListedItem = ListedItem.optional()
const Count = z.object({ count: z.int() })
const Waiting = z.object({ id: z.string(), attempts: z.int() }).optional()

const shownWhere = (column: Sql) =>
  fixedLists(wanted => sql`select ${shownColumns} from media where ${column} in (${join(wanted)})`)
const shownBy = { id: shownWhere(raw('id')), name: shownWhere(raw('name')) }

/** Editors change every picture, others those that they brought. */
const editableBy = (actor: Actor): Sql =>
  editors.includes(actor.role) ? sql`1 = 1` : sql`coalesce(m.account_id, '') = ${actor.id}`

/** A picture's content: what a replacement brings anew. */
export type Content = Pick<
  MediaItem,
  'hash' | 'width' | 'height' | 'variants' | 'card' | 'type' | 'bytes' | 'original'
>

export function mediaRepository(db: Database) {
  const listed = (actor: Actor): Sql => sql`${columns}, case when ${unused} then 0 else 1 end as used,
    case when ${editableBy(actor)} then 1 else 0 end as editable`
  return {
    async byName(name: string): Promise<MediaItem | undefined> {
      return MaybeMediaItem.parse(await db.get(sql`select ${columns} from media as m where m.name = ${name}`))
    },

    async byNames(names: string[]): Promise<MediaItem[]> {
      if (names.length === 0) return []
      return MediaItems.parse(
        await db.all(sql`select ${columns} from media as m where m.name in (${join(names)})`),
      )
    },

    async byIds(ids: string[]): Promise<MediaItem[]> {
      if (ids.length === 0) return []
      return MediaItems.parse(
        await db.all(sql`select ${columns} from media as m where m.id in (${join(ids)})`),
      )
    },

    /** Pictures by their ids or their names, in no order, as pages show them; nobody may change what is returned. */
    async shown(column: 'id' | 'name', wanted: string[]): Promise<ShownItem[]> {
      if (wanted.length === 0) return []
      return (await db.all(shownBy[column](wanted))).map(shownItem)
    },

    /** The names of the pictures that came last. */
    async latest(limit: number): Promise<NamedPicture[]> {
      return NamedPictures.parse(
        await db.all(sql`select id, name from media order by id desc limit ${limit}`),
      )
    },

    async named(ids: string[]): Promise<NamedPicture[]> {
      if (ids.length === 0) return []
      return NamedPictures.parse(await db.all(sql`select id, name from media where id in (${join(ids)})`))
    },

    /** A picture as somebody at the desk sees it. */
    async listed(id: string, actor: Actor): Promise<ListedItem | undefined> {
      return MaybeListedItem.parse(
        await db.get(sql`select ${listed(actor)} from media as m where m.id = ${id}`),
      )
    },

    /** A picture, if this actor may change it. */
    async editable(id: string, actor: Actor): Promise<MediaItem | undefined> {
      return MaybeMediaItem.parse(
        await db.get(sql`select ${columns} from media as m where m.id = ${id} and ${editableBy(actor)}`),
      )
    },

    /** Pictures that fit a question, newest first. */
    async search(
      { q, show, type, before }: LibraryQuery,
      actor: Actor,
      limit: number,
    ): Promise<ListedItem[]> {
      const conditions = [
        ...wordsOf(q).map(word => sql`m.words like ${`%${literally(word)}%`} escape '\\'`),
        ...(show === 'without-alt' ? [withoutAlt] : []),
        ...(show === 'unused' ? [unused] : []),
        ...(show === 'mine' ? [sql`m.account_id = ${actor.id}`] : []),
        ...(type ? [sql`m.type = ${type}`] : []),
        ...(before ? [sql`m.id < ${before}`] : []),
      ]
      const where = conditions.length ? join(conditions, ' and ') : sql`1 = 1`
      return ListedItems.parse(
        await db.all(
          sql`select ${listed(actor)} from media as m where ${where} order by m.id desc limit ${limit}`,
        ),
      )
    },

    /** How many pictures say nothing to those who cannot see them; counted up to a limit. */
    async countWithoutAlt(limit: number): Promise<number> {
      const row = await db.get(
        sql`select count(*) as count from (select 1 from media as m where ${withoutAlt} limit ${limit}) as found`,
      )
      return Count.parse(row).count
    },

    async add(item: MediaItem): Promise<void> {
      await db.run(sql`
        insert into media (id, name, hash, width, height, variants, card, created, alt, decorative, caption, credit,
          licence, focal_x, focal_y, type, bytes, original, account_id, account_name, awaits_avif, words)
        values (${item.id}, ${item.name}, ${item.hash}, ${item.width}, ${item.height},
          ${JSON.stringify(item.variants)}, ${item.card}, ${item.created}, ${item.alt}, ${Number(item.decorative)},
          ${item.caption}, ${item.credit}, ${item.licence}, ${item.focalX}, ${item.focalY}, ${item.type}, ${item.bytes},
          ${item.original}, ${item.accountId}, ${item.accountName}, ${Number(item.awaitsAvif)}, ${searchable(item)})`)
    },

    /** Puts new content in the place of what is there. @returns whether it was still there */
    async replace(id: string, before: string, content: Content): Promise<boolean> {
      const { changes } = await db.run(sql`
        update media set hash = ${content.hash}, width = ${content.width}, height = ${content.height},
          variants = ${JSON.stringify(content.variants)}, card = ${content.card}, type = ${content.type},
          bytes = ${content.bytes}, original = ${content.original}, awaits_avif = 1, attempts = 0
        where id = ${id} and hash = ${before}`)
      return changes === 1
    },

    async describe(item: MediaItem, details: Details, card: string): Promise<void> {
      await db.run(sql`
        update media set alt = ${details.alt}, decorative = ${Number(details.decorative)},
          caption = ${details.caption}, credit = ${details.credit}, licence = ${details.licence},
          focal_x = ${details.focalX}, focal_y = ${details.focalY}, card = ${card},
          words = ${searchable({ ...item, ...details })}
        where id = ${item.id}`)
    },

    /** Removes a picture that is shown nowhere and that this actor may change. @returns whether it was removed */
    async remove(id: string, actor: Actor): Promise<boolean> {
      const { changes } = await db.run(
        sql`delete from media as m where m.id = ${id} and ${editableBy(actor)} and ${unused}`,
      )
      return changes === 1
    },

    /** Other pictures of the same bytes: older versions named public files by the bytes alone. */
    async twins(item: Pick<MediaItem, 'id' | 'hash'>): Promise<MediaItem[]> {
      return MediaItems.parse(
        await db.all(
          sql`select ${columns} from media as m where m.hash = ${item.hash} and m.id <> ${item.id} limit 100`,
        ),
      )
    },

    /** The next picture whose AVIF files are still to be made. */
    async nextWaiting(afterId: string): Promise<{ id: string; attempts: number } | undefined> {
      return Waiting.parse(
        await db.get(
          sql`select id, attempts from media where awaits_avif = 1 and id > ${afterId} order by id limit 1`,
        ),
      )
    },

    async countAttempt(id: string): Promise<void> {
      await db.run(sql`update media set attempts = attempts + 1 where id = ${id}`)
    },

    async takeAttemptBack(id: string): Promise<void> {
      await db.run(sql`update media set attempts = attempts - 1 where id = ${id}`)
    },

    async giveUpAvif(id: string): Promise<void> {
      await db.run(sql`update media set awaits_avif = 0 where id = ${id}`)
    },

    /** Lists finished AVIF files, unless the picture was replaced while they were made. */
    async finishAvif(id: string, hash: string, variants: Variant[]): Promise<boolean> {
      const { changes } = await db.run(sql`
        update media set variants = ${JSON.stringify(variants)}, awaits_avif = 0
        where id = ${id} and hash = ${hash} and awaits_avif = 1`)
      return changes === 1
    },

    /** All pictures in the order of their ids, a part at a time. */
    async after(id: string, limit: number): Promise<MediaItem[]> {
      return MediaItems.parse(
        await db.all(sql`select ${columns} from media as m where m.id > ${id} order by m.id limit ${limit}`),
      )
    },
  }
}

function searchable({ name, alt, caption, credit }: Pick<MediaItem, 'name' | 'alt' | 'caption' | 'credit'>) {
  return folded([name, alt, caption, credit].join('\n'))
}

function wordsOf(question: string): string[] {
  return folded(question).split(/\s+/).filter(Boolean).slice(0, 8)
}

/** Without case and accents, so that `Zoe` finds `Zoë`. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function literally(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&')
}
