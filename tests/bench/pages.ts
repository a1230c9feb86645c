import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { leadArticle, rawAnswer } from './answers.js'
import type { Figures } from './figures.js'
import { compare } from './load.js'
import { quiet, startPress, startServer } from './server.js'

/**
 * What the press answers in a second against bare node:http sending the same bytes and headers from the same core: pages that are
 * kept, and “not changed”.
 */
export async function measurePages(folder: string): Promise<Figures> {
  const press = await startPress(path.join(folder, 'press'))
  const article = await leadArticle(press.url)
  const etag = (await rawAnswer(article, { 'accept-encoding': 'gzip' })).headers.etag ?? ''
  const asked: Record<string, { url: string; headers: Record<string, string> }> = {
    'article, identity': { url: article, headers: { 'accept-encoding': 'identity' } },
    'article, gzip': { url: article, headers: { 'accept-encoding': 'gzip' } },
    'article, 304': { url: article, headers: { 'accept-encoding': 'gzip', 'if-none-match': etag } },
    'front page, gzip': { url: `${press.url}/`, headers: { 'accept-encoding': 'gzip' } },
  }
  await quiet(press)
  const answers: Record<string, unknown> = {}
  const names = Object.keys(asked)
  for (const [n, name] of names.entries()) {
    const { status, headers, body } = await rawAnswer(asked[name]?.url ?? '', asked[name]?.headers ?? {})
    answers[`/${n}`] = { status, headers, body: body.toString('base64') }
  }
  const file = path.join(folder, 'answers.json')
  await writeFile(file, JSON.stringify(answers))
  const bare = await startServer(['--import', 'tsx', 'tests/bench/bare.ts', file])
  try {
    const figures: Figures = {}
    for (const [n, [name, wanted]] of Object.entries(asked).entries())
      figures[name] = await compare(wanted, { url: `${bare.url}/${n}`, headers: wanted.headers })
    return figures
  } finally {
    await press.stop()
    await bare.stop()
  }
}
