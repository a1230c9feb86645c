import { z } from 'zod'
import { type Database, empty, join, raw, type Sql, sql } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { fixedLists } from '../../foundation/fixed-query.js'
import type { Cursor } from '../schema.js'
import { CorrectedArticle, Correction, ListedCorrection } from './schema.js'

const columns = raw('c.id, c.at, c.text, c.wrong, c.correct as "right", c.changed')

const Corrections = z.array(Correction)
const MaybeCorrection = Correction.optional()
const ListedCorrections = z.array(ListedCorrection)
const CorrectionsOfArticles = z.array(Correction.extend({ articleId: z.string() }))
const MaybeRemoved = z.object({ fields: z.string() }).optional()
const MaybeArticle = CorrectedArticle.optional()

const ofArticles = fixedLists(
  ids => sql`
    select c.article_id as articleId, ${columns} from corrections as c
    where c.article_id in (${join(ids)}) order by c.article_id, c.at, c.id`,
)

/** Where corrections are kept, and the date of each article's latest beside it. */
export function correctionsRepository(db: Database) {
  const noteLatest = (articleId: string) =>
    db.run(sql`
      update articles set corrected = (
        select max(case when changed > at then changed else at end) from corrections where article_id = ${articleId})
      where id = ${articleId}`)

  return {
    /** The article whose corrections an actor may write: readers know it, and it is theirs unless they edit all. */
    async article(id: string, actor: Actor): Promise<CorrectedArticle | undefined> {
      return MaybeArticle.parse(
        await db.get(sql`
          select a.id, a.slug, a.title, a.status from articles as a
          where a.id = ${id} and a.status in ('published', 'withdrawn') and a.trashed is null and ${correctableBy(actor)}`),
      )
    },

    /** An article's corrections in the order in which they were made. */
    async ofArticle(articleId: string): Promise<Correction[]> {
      return Corrections.parse(
        await db.all(sql`
          select ${columns} from corrections as c where c.article_id = ${articleId} order by c.at, c.id limit 1000`),
      )
    },

    /** Corrections of several articles in the order in which they were made, by the article's id. */
    async ofArticles(articleIds: string[]): Promise<(Correction & { articleId: string })[]> {
      if (articleIds.length === 0) return []
      return CorrectionsOfArticles.parse(await db.all(ofArticles(articleIds)))
    },

    async one(articleId: string, id: string): Promise<Correction | undefined> {
      return MaybeCorrection.parse(
        await db.get(
          sql`select ${columns} from corrections as c where c.article_id = ${articleId} and c.id = ${id}`,
        ),
      )
    },

    /** Corrections of all published articles, newest first, beside a cursor of their date and id. */
    async newest(limit: number, cursor?: Cursor): Promise<ListedCorrection[]> {
      const beyond = cursor ? sql`and (c.at, c.id) < (${cursor.published}, ${cursor.id})` : empty
      return ListedCorrections.parse(
        await db.all(sql`
          select ${columns}, a.slug, a.title from corrections as c join articles as a on a.id = c.article_id
          where a.status = 'published' ${beyond} order by c.at desc, c.id desc limit ${limit}`),
      )
    },

    async save(articleId: string, correction: Correction, accountId: string | null): Promise<void> {
      const { id, at, text, wrong, right, changed } = correction
      await db.run(sql`
        insert into corrections (id, article_id, at, text, wrong, correct, changed, account_id)
        values (${id}, ${articleId}, ${at}, ${text}, ${wrong}, ${right}, ${changed}, ${accountId})
        on conflict (id) do update set at = excluded.at, text = excluded.text, wrong = excluded.wrong,
          correct = excluded.correct, changed = excluded.changed`)
      await noteLatest(articleId)
    },

    /** Takes a correction out and puts it aside; what lay there since before a date is lost now. */
    async remove(
      articleId: string,
      correction: Correction,
      { removed, forget }: { removed: string; forget: string },
    ): Promise<void> {
      await db.run(sql`delete from removed_corrections where removed < ${forget}`)
      await db.run(sql`
        insert into removed_corrections (id, article_id, fields, removed)
        values (${correction.id}, ${articleId}, ${JSON.stringify(correction)}, ${removed})`)
      await db.run(sql`delete from corrections where article_id = ${articleId} and id = ${correction.id}`)
      await noteLatest(articleId)
    },

    /** What was put aside, which is not there any more then. */
    async takeBack(articleId: string, id: string): Promise<Correction | undefined> {
      const found = MaybeRemoved.parse(
        await db.get(
          sql`select fields from removed_corrections where id = ${id} and article_id = ${articleId}`,
        ),
      )
      await db.run(sql`delete from removed_corrections where id = ${id}`)
      return found && Correction.parse(JSON.parse(found.fields))
    },

    /** Puts the corrections of a file in the place of the article's; one that it had keeps its id, and so its entry in feeds. */
    async replace(articleId: string, corrections: Correction[]): Promise<void> {
      const known = new Map((await this.ofArticle(articleId)).map(one => [`${one.at} ${one.text}`, one]))
      const kept = corrections.map(one => ({ ...one, ...known.get(`${one.at} ${one.text}`) }))
      const others = kept.length ? sql`and id not in (${join(kept.map(({ id }) => id))})` : empty
      await db.run(sql`delete from corrections where article_id = ${articleId} ${others}`)
      for (const one of kept) await this.save(articleId, one, null)
      if (kept.length === 0) await noteLatest(articleId)
    },
  }
}

function correctableBy(actor: Actor): Sql {
  return actor.role === 'owner' || actor.role === 'editor'
    ? sql`1 = 1`
    : sql`a.account_id = ${actor.id} and ${actor.role} = 'author'`
}
