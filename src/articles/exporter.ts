import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Database } from '../foundation/database.js'
import { OperatorError } from '../foundation/errors.js'
import type { MediaService } from '../media/index.js'
import type { SiteService } from '../site/index.js'
import { correctionsRepository } from './corrections/repository.js'
import { deskRepository } from './desk/repository.js'
import { writeArticleFile } from './front-matter.js'
import { articlesRepository, grouped } from './repository.js'
import type { ArticleRow } from './schema.js'

export interface ExportServices {
  db: Database
  media: MediaService
  site: SiteService
}

const BATCH = 100
// File systems take names of 255 bytes; a slug of another script may need more.
const LONGEST_NAME = 200

/**
 * Writes every article that is not in the trash as a Markdown file with front matter, as `importMarkdown` reads it,
 * with the original of each picture that it shows beside it. An article that is published is written as readers see it.
 * @param folder is made; must be empty
 * @returns how many articles, and the names of pictures whose originals are not kept
 * @throws OperatorError when something lies in the folder already
 */
export async function exportMarkdown(
  { db, media, site }: ExportServices,
  folder: string,
): Promise<{ exported: number; missing: string[] }> {
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length) throw new OperatorError(`${folder} is not empty. Name a new folder.`)
  const { markdown } = await site.site()
  const shown = new Set<string>()
  let exported = 0
  let last = ''
  for (;;) {
    const rows = await deskRepository(db).after(last, BATCH)
    for (const { row, file, pictures } of await described(rows)) {
      for (const name of [...pictures, ...markdown.read(row.body).images]) shown.add(name)
      await writeFile(path.join(folder, fileName(row)), file)
      exported += 1
    }
    last = rows.at(-1)?.id ?? last
    if (rows.length < BATCH) break
  }
  return { exported, missing: await copyPictures(media, shown, folder) }

  async function described(rows: ArticleRow[]) {
    const ids = rows.map(row => row.id)
    const reading = articlesRepository(db)
    const [authors, tags, formerSlugs, corrections, heroes] = await Promise.all([
      reading.authorsOf(ids),
      reading.tagsOf(ids),
      deskRepository(db).formerSlugsOf(ids),
      correctionsRepository(db).ofArticles(ids),
      media.byIds(rows.flatMap(({ hero }) => hero ?? [])),
    ])
    const correctionsOf = grouped(corrections)
    return rows.map(row => {
      const picture = heroes.get(row.hero ?? '')?.name
      const file = writeArticleFile(row, {
        tags: (tags.get(row.id) ?? []).map(({ slug }) => slug),
        authors: (authors.get(row.id) ?? []).map(({ slug }) => slug),
        formerSlugs: formerSlugs.get(row.id) ?? [],
        corrections: correctionsOf.get(row.id) ?? [],
        picture,
      })
      return { row, file, pictures: picture ? [picture] : [] }
    })
  }
}

// A name of the library may not lead out of the folder, whoever put it there.
async function copyPictures(media: MediaService, names: Set<string>, folder: string): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) {
    const target = path.resolve(folder, name)
    const within = target.startsWith(path.resolve(folder) + path.sep)
    const original = within ? await media.originalFile(name) : undefined
    if (!original) {
      missing.push(name)
      continue
    }
    await mkdir(path.dirname(target), { recursive: true })
    await copyFile(original, target)
  }
  return missing
}

function fileName({ id, slug }: ArticleRow): string {
  return `${Buffer.byteLength(slug) > LONGEST_NAME ? id : slug}.md`
}
