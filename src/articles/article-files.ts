import { readFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder } from '../config.js'
import { askedThread } from '../foundation/asked-thread.js'
import { type ArticleFile, readArticleFile } from './front-matter.js'

/** What a file holds, or why it cannot be taken in. */
export type FiledArticle = { file: string } & ({ article: ArticleFile } | { problem: string })

const program = path.join(programFolder, 'dist/articles/file-reader.js')
/** Files that are asked for together, and how many of these groups are read before somebody wants them. */
const GROUP = 500
const GROUPS_AHEAD = 10

/**
 * Reads files in their order, group by group. Where they are many a thread does it, ahead of whoever takes them: to read one takes as
 * long as to write its article into the database.
 */
export async function* articlesIn(files: string[]): AsyncGenerator<FiledArticle[]> {
  if (files.length <= GROUP) return yield readFiles(files)
  const thread = askedThread<string[], FiledArticle[]>({ program })
  const ahead: Promise<FiledArticle[]>[] = []
  let asked = 0
  const ask = (): void => {
    if (asked >= files.length) return
    const group = thread.ask(files.slice(asked, asked + GROUP))
    // Whoever waits for it hears of it.
    group.catch(() => undefined)
    ahead.push(group)
    asked += GROUP
  }
  try {
    for (let groups = 0; groups < GROUPS_AHEAD; groups += 1) ask()
    for (let group = ahead.shift(); group; group = ahead.shift()) {
      const read = await group
      ask()
      yield read
    }
  } finally {
    await thread.stop()
  }
}

/** Reads files one after the other, holding up whatever else the thread would do. */
export function readFiles(files: string[]): FiledArticle[] {
  return files.map(file => {
    try {
      return { file, article: readArticleFile(readFileSync(file, 'utf8')) }
    } catch (error) {
      return { file, problem: (error as Error).message }
    }
  })
}
