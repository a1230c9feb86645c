import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../src/config.js'
import { sql } from '../src/foundation/database.js'
import { appliedAt } from '../src/foundation/migrate.js'
import { readOrCreateRing } from '../src/foundation/secret.js'
import { aReader } from './support/bounces.js'
import { form, movableClock, openPress, type Press, sharedByTests, temporaryFolder } from './support/press.js'
import { run, serveProgram } from './support/program.js'

/**
 * Data folders as earlier versions left them after a first start with the sample edition, one sign-up and one tip, made by the
 * commits c07b6ee, 878e08a, 40a5173, 4ef8f1c and 4ea4d23: without pictures, whose files no schema touches.
 */
const codenames = {
  '1-paper': 'outlying exclaim showman buckshot grove thyself underdone',
  '2-desk': 'repayment postal drowsily cramp say snuggle captive',
  '3-newsletter': 'compare reliant hemstitch opium violin smashup possible',
  '4-tip-line': 'union handed dissuade passenger scored such ruined',
  '5-archive': 'object pureness rural drinkable shallot anemia excuse',
}

const papers = sharedByTests(async () => {
  const folder = await temporaryFolder()
  const archive = readFileSync(path.join(programFolder, 'tests/fixtures/older-papers.tar.br'))
  const { status, stderr } = spawnSync('tar', ['-x', '-C', folder], { input: brotliDecompressSync(archive) })
  if (status !== 0) throw new Error(String(stderr))
  return folder
})

test('there is a paper of each version told of', async () => {
  expect(readdirSync(await papers()).sort()).toEqual(Object.keys(codenames))
})

describe.each(Object.entries(codenames))('a paper of the version %s', (version, codename) => {
  test('is brought up to date and read on: articles, readers, tips', async () => {
    const DATA_DIR = path.join(await papers(), version)
    const press = await openPress(
      { DATA_DIR, RATE_LIMITS: 'off' },
      { clock: () => new Date('2026-12-01T12:00:00Z') },
    )
    const front = await press.http.inject('/')
    expect(front.statusCode).toBe(200)
    const articles = [...new Set(front.body.match(/\/articles\/[a-z0-9-]+/g))]
    expect(articles.length).toBeGreaterThan(5)
    for (const url of [
      ...articles,
      '/archive',
      '/search?q=press',
      '/corrections',
      '/feed.xml',
      '/newsletter',
    ])
      expect((await press.http.inject(url)).statusCode, url).toBe(200)
    expect((await press.http.inject('/search?q=press')).body.includes('<mark>')).toBe(true)
    expect(reader(DATA_DIR)).toEqual({ email: 'reader@older.example', status: 'pending' })
    const back = await press.http.inject({ method: 'POST', url: '/tips/return', ...form({ codename }) })
    expect(back.statusCode).toBe(200)
    expect(back.body.includes('It stays sealed')).toBe(true)
  })
})

test('links with the short marks of earlier versions are believed where those may have mailed some, for 90 days, and on a new paper never', async () => {
  const DATA_DIR = await temporaryFolder()
  await cp(path.join(await papers(), '3-newsletter'), DATA_DIR, { recursive: true })
  const { clock, advance } = movableClock()
  const updated = await openPress({ DATA_DIR }, { clock })
  const fresh = await openPress({}, { clock })
  const { id } = (await updated.db.get(sql`select id from subscribers`)) as { id: string }
  const reader = await aReader(fresh)
  const found = async (press: Press, id: string) => {
    const { newest } = readOrCreateRing(press, 'secret-key')
    const content = Buffer.from(id.replaceAll('-', ''), 'hex')
    const mark = createHmac('sha256', newest).update('newsletter unsubscribe\n').update(content).digest()
    const token = Buffer.concat([content, mark.subarray(0, 9)]).toString('base64url')
    return (await press.http.inject(`/newsletter/unsubscribe/${token}`)).statusCode
  }
  expect([await found(updated, id), await found(fresh, reader.id)]).toEqual([200, 404])
  const end = Date.parse(await appliedAt(updated.db, '0210-shorter-marks.sql')) + 90 * 86_400_000
  advance(end - clock().getTime() - 1)
  expect([await found(updated, id), await found(fresh, reader.id)]).toEqual([200, 404])
  advance(1)
  expect(await found(updated, id)).toBe(404)
})

function reader(folder: string): unknown {
  const db = new Sqlite(path.join(folder, 'site.db'), { readonly: true })
  try {
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(db.pragma('foreign_key_check')).toEqual([])
    return db.prepare('select email, status from subscribers').get()
  } finally {
    db.close()
  }
}

describe('a program that is older than the schema', () => {
  const newer = async () => {
    const { dataDir, http, db } = await openPress()
    await db.script(
      "insert into migrations (name, checksum, applied) values ('9999-of-the-future.sql', 'sum', '2030-01-01T00:00:00.000Z')",
    )
    await http.close()
    return dataDir
  }

  test.each(['serve', 'migrate'])(
    'refuses to %s with a sentence, without a trace, and changes nothing',
    async command => {
      const DATA_DIR = await newer()
      const schema = () => new Sqlite(path.join(DATA_DIR, 'site.db'), { readonly: true })
      const before = schema().prepare('select * from sqlite_schema').all()
      const { ended, printed } = run([command], { DATA_DIR, PORT: '0' })
      expect(await ended).toBe(1)
      expect(printed()).toMatch(
        /9999-of-the-future\.sql .+ Start the version of Handpress that brought it, or a newer one\./,
      )
      expect(printed()).not.toContain('    at ')
      expect(schema().prepare('select * from sqlite_schema').all()).toEqual(before)
    },
  )
})

/** The program as its next version might be: the same, with one more step of the schema, which leads back nowhere. */
async function nextVersion(): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'program')
  for (const part of ['dist', 'views', 'migrations', 'package.json'])
    await cp(path.join(programFolder, part), path.join(folder, part), { recursive: true })
  for (const part of ['node_modules', 'data'])
    symlinkSync(path.join(programFolder, part), path.join(folder, part))
  writeFileSync(
    path.join(folder, 'migrations/9998-next.sql'),
    'alter table subscribers rename column email to mail_address; drop table corrections;',
  )
  return folder
}

test('after an upgrade that went wrong the older program’s backup leads back: the same pages, whatever was written since', async () => {
  const DATA_DIR = path.join(await temporaryFolder(), 'data')
  await cp(path.join(await papers(), '5-archive'), DATA_DIR, { recursive: true })
  const settings = { DATA_DIR, SITE_URL: 'http://localhost:3000', RATE_LIMITS: 'off', LOG_LEVEL: 'warn' }
  const backup = path.join(await temporaryFolder(), 'paper.tar.gz')
  const over = async (program: { child: { kill(signal: 'SIGTERM'): boolean }; ended: Promise<unknown> }) => {
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  }
  const told = async (...command: string[]) => {
    const { ended, printed } = run(command, settings)
    return [await ended, printed()]
  }
  const pages = async (url: string) =>
    Promise.all(
      ['/', '/archive', '/corrections', '/search?q=press', '/feed.xml', '/newsletter/issues'].map(
        async address => (await fetch(url + address)).text(),
      ),
    )

  const before = await serveProgram(settings)
  const printed = await pages(before.url)
  expect(await told('backup', backup)).toEqual([0, expect.stringContaining('written and read again')])
  await over(before)

  const next = await nextVersion()
  const upgraded = await serveProgram(settings, next)
  expect((await fetch(`${upgraded.url}/healthz`)).status).toBe(200)
  const db = new Sqlite(path.join(DATA_DIR, 'site.db'))
  db.prepare("update articles set title = 'Written since'").run()
  db.close()
  await over(upgraded)

  expect(await told('serve')).toEqual([1, expect.stringContaining('9998-next.sql')])
  expect(await told('restore', backup)).toEqual([1, expect.stringContaining('--force')])
  expect(await told('restore', backup, '--force')).toEqual([0, expect.stringContaining('is restored')])
  const after = await serveProgram(settings)
  expect(await pages(after.url)).toEqual(printed)
  expect(reader(DATA_DIR)).toEqual({ email: 'reader@older.example', status: 'pending' })
  await over(after)
})
