import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../src/foundation/database.js'
import { openSqlite } from '../src/foundation/sqlite.js'
import { editionFolder } from './support/edition.js'
import { temporaryFolder } from './support/press.js'
import { run, serveProgram } from './support/program.js'

test('the first start loads the sample edition and prints the address and a one-time owner link; the second reloads nothing', async () => {
  const first = await serveProgram({ DATA_DIR: await temporaryFolder() })
  expect(first.printed()).toMatch(/The paper is out: http:\/\/localhost:\d+/)
  await expect
    .poll(() => first.printed(), { timeout: 20_000 })
    .toMatch(/http:\/\/localhost:\d+\/admin\/setup\?token=[\w-]{20,}/)
  const front = await (await fetch(first.url)).text()
  expect(front).toContain('The Handpress Courier')
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)

  const db = openSqlite(path.join(first.dataDir, 'site.db'))
  await db.script(
    "update articles set title = 'Changed by the editors' where id = (select article_id from front_page where place = 0)",
  )
  await db.close()
  const second = await serveProgram({ DATA_DIR: first.dataDir })
  expect(await (await fetch(second.url)).text()).toContain('Changed by the editors')
})

test('of two programs that are started at once over an empty folder one loads the sample edition, and both serve it', async () => {
  const DATA_DIR = await temporaryFolder()
  const programs = await Promise.all([serveProgram({ DATA_DIR }), serveProgram({ DATA_DIR })])
  for (const { url } of programs) expect(await (await fetch(url)).text()).toContain('The Handpress Courier')
  expect(await counted(DATA_DIR)).toEqual(await counted(await editionFolder()))
})

/** How many there are of what the sample edition brings. */
async function counted(dataDir: string): Promise<unknown> {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  const counts = await db.get(sql`
    select (select count(*) from articles) as articles, (select count(*) from corrections) as corrections,
      (select count(*) from media) as pictures, (select count(*) from standing_pages) as pages,
      (select count(*) from ways_to_give) as ways, (select count(*) from authors) as authors`)
  await db.close()
  return counts
}

test('a bad environment stops the start with every problem on a line of its own and exit code 78', async () => {
  const program = run(['serve'], {
    PORT: 'http',
    SITE_URL: 'https://paper.example/blog',
    SMTP_URL: 'smtp://user:geheim@relay.example, ftp://x',
    TIPS_RECIPIENTS: 'age1notakey',
    LOG_LEVEL: 'loud',
    RATE_LIMITS: 'maybe',
  })
  expect(await program.ended).toBe(78)
  for (const name of ['PORT', 'SITE_URL', 'SMTP_URL', 'TIPS_RECIPIENTS', 'LOG_LEVEL', 'RATE_LIMITS']) {
    expect(program.printed()).toMatch(new RegExp(`^  ${name}: `, 'm'))
  }
  expect(program.printed()).not.toContain('geheim')
})

test('limits may be lifted on a loopback address only', async () => {
  const program = run(['serve'], { RATE_LIMITS: 'off', SITE_URL: 'https://paper.example' })
  expect(await program.ended).toBe(78)
  expect(program.printed()).toContain('RATE_LIMITS: may be off only while SITE_URL is a loopback address')
})

test('an edited migration stops the start with a sentence, not a stack', async () => {
  const dataDir = await temporaryFolder()
  expect(await run(['migrate'], { DATA_DIR: dataDir }).ended).toBe(0)
  const db = openSqlite(path.join(dataDir, 'site.db'))
  await db.script("update migrations set checksum = 'another' where name = '0001-site.sql'")
  await db.close()
  const program = run(['serve'], { DATA_DIR: dataDir })
  expect(await program.ended).toBe(1)
  expect(program.printed()).toContain('Migration 0001-site.sql was edited after it was applied')
  expect(program.printed()).not.toMatch(/^\s+at /m)
})

test('migrate --check tells what would run and changes nothing', async () => {
  const dataDir = await temporaryFolder()
  const check = run(['migrate', '--check'], { DATA_DIR: dataDir })
  expect(await check.ended).toBe(1)
  expect(check.printed()).toContain('pending 0001-site.sql')
  expect(await run(['migrate'], { DATA_DIR: dataDir }).ended).toBe(0)
  expect(await run(['migrate', '--check'], { DATA_DIR: dataDir }).ended).toBe(0)
})

test('import markdown takes what is well-formed and names what is not', async () => {
  const dataDir = await temporaryFolder()
  const folder = path.join(dataDir, 'texts')
  await mkdir(folder)
  const article =
    '---\ntitle: Imported\nslug: imported\nsection: press\nstatus: published\npublished: 2020-12-20\n---\nText.\n'
  await writeFile(path.join(folder, 'good.md'), article)
  await writeFile(
    path.join(folder, 'stray.md'),
    article.replace('slug: imported', 'slug: stray\nimage: { file: ../../../etc/passwd }'),
  )
  await writeFile(path.join(folder, 'bad.md'), '---\ntitle: [\n---\n')
  const paper = await serveProgram({ DATA_DIR: dataDir })
  const importing = run(['import', 'markdown', folder], { DATA_DIR: dataDir })
  expect(await importing.ended).toBe(1)
  expect(importing.printed()).toContain('1 article imported.')
  expect(importing.printed()).toMatch(/bad\.md: The front matter is no valid YAML/)
  expect(importing.printed()).toMatch(/stray\.md: The picture .* must stand in the folder/)
  expect((await fetch(`${paper.url}/articles/imported`)).status).toBe(200)
})

test('SIGTERM lets the request in flight finish before the program ends', async () => {
  const paper = await serveProgram({ RATE_LIMITS: 'off' })
  const body = `email=${encodeURIComponent('reader@example.org')}`
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(paper.url).port) })
  const answer = new Promise<string>(resolve => {
    let text = ''
    socket.on('data', chunk => {
      text += String(chunk)
    })
    socket.on('close', () => resolve(text))
  })
  socket.write(
    `POST /newsletter HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  await new Promise(resolve => setTimeout(resolve, 300)) // the server has the head of the request by now
  paper.child.kill('SIGTERM')
  await new Promise(resolve => setTimeout(resolve, 300)) // and is closing
  socket.end(body.slice(5))
  expect(await answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(await paper.ended).toBe(0)
})
