import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { App } from '../../src/app.js'
import { buildArchive } from './archive.js'
import { type Figures, printFigures } from './figures.js'
import { openBench } from './open-bench.js'

/** How many articles an archive has where nobody says. */
export const LARGE = 1_000_000

/** A folder with an archive: filled where it is empty, and kept. @returns the folder */
export async function filledArchive(folder: string, articles: number): Promise<string> {
  await mkdir(folder, { recursive: true })
  if (!existsSync(path.join(folder, 'site.db'))) await buildArchive(folder, articles)
  return folder
}

/** A press over such a folder, silent, without limits. */
export async function openArchive(folder: string, articles: number): Promise<App> {
  return openBench(await filledArchive(folder, articles))
}

/** Runs one measurement as a program: `[--large DIR] [--articles 1000000]`; without DIR in a folder that goes afterwards. */
export async function measureAlone(
  measure: (folder: string, articles: number) => Promise<Figures>,
): Promise<void> {
  const { values } = parseArgs({
    options: { large: { type: 'string' }, articles: { type: 'string', default: String(LARGE) } },
  })
  const folder = values.large ?? (await mkdtemp(path.join(tmpdir(), 'handpress-archive-')))
  try {
    printFigures('milliseconds of an answer', await measure(folder, Number(values.articles)))
  } finally {
    if (!values.large) await rm(folder, { recursive: true, force: true })
  }
}
