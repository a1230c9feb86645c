import path from 'node:path'
import { leadArticle, rawAnswer } from './answers.js'
import type { Figures } from './figures.js'
import { pause, startPress } from './server.js'

const A_WHILE = 2_000

/** What a first visit to an article costs before pictures: bytes of head and body on the wire. */
export async function measureFirstVisit(folder: string): Promise<Figures> {
  const press = await startPress(path.join(folder, 'press'))
  try {
    const article = await leadArticle(press.url)
    const figures: Figures = {}
    for (const encoding of ['gzip', 'br']) {
      // What is asked for again is compressed more densely, beside other work.
      await rawAnswer(article, { 'accept-encoding': encoding })
      await rawAnswer(article, { 'accept-encoding': encoding })
      await pause(A_WHILE)
      const { body, length } = await rawAnswer(article, { 'accept-encoding': encoding })
      figures[`first visit, ${encoding}`] = { bytes: length, body: body.length }
    }
    const html = await (await fetch(article)).text()
    const further = html.match(/<link[^>]+rel="stylesheet"|<script[^>]+src=/g) ?? []
    for (const row of Object.values(figures)) row.requests = 1 + further.length
    return figures
  } finally {
    await press.stop()
  }
}
