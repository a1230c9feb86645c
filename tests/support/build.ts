import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { programFolder } from '../../src/config.js'
import { systemClock } from '../../src/foundation/clock.js'
import { sql } from '../../src/foundation/database.js'
import { migrate } from '../../src/foundation/migrate.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { migrationFolders } from '../../src/premises.js'
import { openTipStore } from '../../src/tips/index.js'
import { freePort } from './program.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** a data directory that the sample edition was loaded into, with all its pictures made; to be copied */
    edition: string
    /** a data directory of which only the tables were made; to be copied, since making them takes longer than many a test */
    unwritten: string
  }
}

/** Tests that start the program as its users do need it built, styles and scripts included; most need the sample edition. */
export default async function build(project: TestProject): Promise<() => Promise<void>> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: programFolder, stdio: 'inherit' })
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-tables-'))
  await makeTables(folder)
  project.provide('unwritten', folder)
  project.provide('edition', await printedEdition())
  return () => rm(folder, { recursive: true, force: true })
}

async function makeTables(folder: string): Promise<void> {
  await (await openTipStore({ dataDir: folder, clock: systemClock })).close()
  const db = openSqlite(path.join(folder, 'site.db'))
  await migrate(db, migrationFolders, systemClock().toISOString())
  await db.close()
}

/** What the sample edition is made from and by. */
const originals = ['data/sample', 'migrations', 'src/media', 'src/articles/importer.ts', 'src/sample.ts']

/** Its pictures take half a minute, so it is kept for the next time and printed anew only when what it is made from has changed. */
async function printedEdition(): Promise<string> {
  const kept = path.join(tmpdir(), `handpress-edition-${hashOf(originals)}`)
  if (existsSync(kept)) return kept
  const fresh = await mkdtemp(path.join(tmpdir(), 'handpress-printing-'))
  await printEdition(fresh)
  await rename(fresh, kept).catch(() => rm(fresh, { recursive: true }))
  return kept
}

function hashOf(places: string[]): string {
  const hash = createHash('sha256')
  for (const place of places) {
    const whole = path.join(programFolder, place)
    const names = statSync(whole).isFile() ? [''] : readdirSync(whole, { recursive: true, encoding: 'utf8' })
    for (const name of names.sort()) {
      const file = path.join(whole, name)
      if (statSync(file).isFile()) hash.update(name).update(readFileSync(file))
    }
  }
  return hash.digest('hex').slice(0, 16)
}

async function printEdition(folder: string): Promise<void> {
  const child = spawn(path.join(programFolder, 'dist/main.js'), ['serve'], {
    env: {
      PATH: process.env.PATH ?? '',
      DATA_DIR: folder,
      PORT: String(await freePort()),
      SITE_URL: 'http://localhost',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => String(chunk).includes('The paper is out') && resolve())
    child.on('close', code =>
      reject(new Error(`The program that prints the sample edition ended with ${code}.`)),
    )
  })
  const db = openSqlite(path.join(folder, 'site.db'))
  while (await db.get(sql`select 1 from media where awaits_avif = 1`))
    await new Promise(resolve => setTimeout(resolve, 100))
  child.kill('SIGTERM')
  await ended
  // A copy that never was at home anywhere: else each would be taken for one put back from a backup.
  await db.run(sql`delete from schedule_home`)
  await db.close()
  await rm(path.join(folder, 'last-alive'), { force: true })
}
