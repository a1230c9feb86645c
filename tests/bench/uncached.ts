import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { leadArticle } from './answers.js'
import type { Figures } from './figures.js'
import { compare } from './load.js'
import { quiet, startPress, startServer } from './server.js'

// WordPress made 17 such pages a second where this control made 4,460 (Ghost 16 to 52): a hundred times as many is 0.38 of it.

/** The article with nothing kept, all queries and the render, against a control: one row, one plain template, the same libraries. */
export async function measureUncached(folder: string): Promise<Figures> {
  const dataDir = path.join(folder, 'press')
  // A first start prints the sample edition.
  const first = await startPress(dataDir)
  const article = new URL(await leadArticle(first.url)).pathname
  await quiet(first)
  const html = await (await fetch(`${first.url}${article}`)).text()
  await first.stop()
  const file = path.join(folder, 'article.html')
  await writeFile(file, html)

  const press = await startServer(['--import', 'tsx', 'tests/bench/uncached-server.ts', dataDir])
  const control = await startServer(['--import', 'tsx', 'tests/bench/control-server.ts', file])
  try {
    const headers = { 'accept-encoding': 'identity' }
    const rival = { url: `${control.url}/articles/lead`, headers }
    return { 'article, made anew': await compare({ url: `${press.url}${article}`, headers }, rival) }
  } finally {
    await press.stop()
    await control.stop()
  }
}
