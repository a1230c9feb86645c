import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Invalid } from '../foundation/errors.js'
import type { MediaService } from '../media/index.js'
import { articlesIn } from './article-files.js'
import type { DeskService, Submission } from './desk/submissions.js'
import type { ArticleFile } from './front-matter.js'

export interface ImportProblem {
  file: string
  problem: string
}

/**
 * Articles that are taken in together, and letters of their texts: the more, the less often words are written anew. No more of them
 * are in memory, and nobody else's write waits longer than one or two seconds.
 */
const BATCH = { articles: 6_500, letters: 4_000_000 }

/**
 * Takes Markdown files into the paper, with the pictures that stand beside them. Each file is an article of its own:
 * one that cannot be read is reported and leaves the others alone.
 */
export async function importMarkdown(
  { desk, media }: { desk: DeskService; media: MediaService },
  paths: string[],
): Promise<{ imported: number; problems: ImportProblem[] }> {
  const problems: ImportProblem[] = []
  let imported = 0
  let batch: { file: string; submission: Submission }[] = []
  let letters = 0
  const takeBatch = async (): Promise<void> => {
    const refused = await desk.submitAll(batch.map(({ submission }) => submission))
    for (const [place, { message }] of refused)
      problems.push({ file: batch[place]?.file ?? '', problem: message })
    imported += batch.length - refused.size
    batch = []
    letters = 0
  }
  for await (const group of articlesIn(await markdownFiles(paths)))
    for (const { file, ...filed } of group) {
      if ('problem' in filed) {
        problems.push({ file, ...filed })
        continue
      }
      try {
        batch.push({ file, submission: await withPictures(filed.article, path.dirname(file), media) })
        letters += filed.article.body.length
      } catch (error) {
        problems.push({ file, problem: (error as Error).message })
      }
      if (batch.length === BATCH.articles || letters >= BATCH.letters) await takeBatch()
    }
  await takeBatch()
  return { imported, problems }
}

async function withPictures(article: ArticleFile, folder: string, media: MediaService): Promise<Submission> {
  await takePictures(article.body, folder, media)
  return { ...article, hero: await takeHero(article, folder, media) }
}

async function markdownFiles(paths: string[]): Promise<string[]> {
  const files: string[] = []
  for (const given of paths) {
    if (!(await stat(given)).isDirectory()) files.push(given)
    else
      for (const name of (await readdir(given)).sort())
        if (name.endsWith('.md')) files.push(path.join(given, name))
  }
  return files
}

async function takeHero({ image }: ArticleFile, folder: string, media: MediaService) {
  if (!image) return undefined
  const { alt, caption, credit } = image
  const bytes = await readFile(beside(folder, image.file))
  const picture = await media.add(image.file, bytes, { alt, caption, credit })
  return { media: picture.id, alt: image.alt, caption: image.caption, credit: image.credit }
}

const localPicture = /!\[([^\]]*)\]\(<?([^\s)>:]+\.(?:png|jpe?g|webp|avif|gif))/gi

async function takePictures(body: string, folder: string, media: MediaService): Promise<void> {
  for (const [, alt = '', name] of body.matchAll(localPicture)) {
    if (name) await media.add(name, await readFile(beside(folder, name)), { alt })
  }
}

// A file from elsewhere must not publish what happens to lie on this machine.
function beside(folder: string, name: string): string {
  const file = path.resolve(folder, name)
  if (file.startsWith(path.resolve(folder) + path.sep)) return file
  throw new Invalid(`The picture ${name} must stand in the folder of the file or below it.`)
}
