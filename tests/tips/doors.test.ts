import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { createLogger } from '../../src/foundation/log.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openTipDoor } from '../../src/tip-door.js'
import { openTipStore } from '../../src/tips/index.js'
import { form, openPress, temporaryFolder } from '../support/press.js'
import { serveTipDoor } from '../support/program.js'
import { codenameIn, filesBelow } from '../support/tips.js'

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
const silent = createLogger('silent')

/** Everything but the source's door, over a folder that another program may have open. */
async function openNewsroomOnly(dataDir: string) {
  const config = readConfig({ DATA_DIR: dataDir, RATE_LIMITS: 'off', TIPS_RECIPIENTS: recipient })
  const app = await openApp(config, { log: silent }, { withSourceDoor: false })
  onTestFinished(() => app.http.close())
  return app
}

/** The source's door in this process, over a folder of its own. */
async function openDoor(environment: Record<string, string> = {}) {
  const dataDir = await temporaryFolder()
  const config = readConfig({ DATA_DIR: dataDir, RATE_LIMITS: 'off', ...environment })
  const door = await openTipDoor(config, { log: silent })
  onTestFinished(() => door.http.close())
  return { ...door, dataDir }
}

test('both doors run as two programs over one folder: tips arrive while the newsroom works, and neither locks the other out', async () => {
  const dataDir = await temporaryFolder()
  const newsroom = await openNewsroomOnly(dataDir)
  const door = await serveTipDoor(dataDir, { TIPS_RECIPIENTS: recipient, LOG_LEVEL: 'trace' })

  const store = await openTipStore({ dataDir, clock: () => new Date(), doors: 'newsroom' })
  onTestFinished(() => store.close())
  let arriving = true
  const working = (async () => {
    let writes = 0
    for (; arriving; writes++)
      await store.db.run(sql`update tip_settings set retention_days = 90 where id = 1`)
    return writes
  })()
  const answers = await Promise.all(
    Array.from({ length: 4 }, async (_, number) => {
      const answer = await fetch(`${door.url}/tips`, {
        method: 'POST',
        body: new URLSearchParams({ message: `Tip ${number}` }),
      })
      return { status: answer.status, codename: codenameIn(await answer.text()) }
    }),
  )
  arriving = false
  expect(await working).toBeGreaterThan(10)
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 200, 200])
  expect(new Set(answers.map(answer => answer.codename)).size).toBe(4)
  expect(await newsroom.tips.waiting()).toBe(4)

  await newsroom.site.saveIdentity({
    ...(await newsroom.site.site()).identity,
    ...{ name: 'The Other Paper', language: 'fr', accent: '#aa0000' },
  })
  const page = await (await fetch(`${door.url}/tips`)).text()
  expect(page).toContain('<html lang="fr" dir="ltr">')
  expect(page).toContain('>The Other Paper</a>')

  expect(openedBelow(dataDir, door.child.pid)).toEqual([
    'tips/tips.db',
    'tips/tips.db-shm',
    'tips/tips.db-wal',
  ])
  const lines = door
    .printed()
    .split('\n')
    .filter(line => line && !/listening|does the scheduled work/.test(line))
  expect(lines).toEqual([])
})

test('the source’s door alone makes nothing but its own folder, and without a public key it is closed', async () => {
  const door = await openDoor()
  expect((await door.http.inject('/tips')).statusCode).toBe(503)
  const sent = await door.http.inject({
    method: 'POST',
    url: '/tips',
    ...form({ message: 'Nobody reads it' }),
  })
  expect(sent.statusCode).toBe(503)
  expect(readdirSync(door.dataDir)).toEqual(['tips'])
  const files = filesBelow(door.dataDir).map(file => path.relative(door.dataDir, file))
  expect(files.sort()).toEqual(['tips/salt', 'tips/tips.db', 'tips/tips.db-shm', 'tips/tips.db-wal'])
  expect(files.some(file => readFileSync(path.join(door.dataDir, file)).includes('AGE-SECRET'))).toBe(false)
})

test('the source’s door alone answers below /tips, sends the bare address there and has no other page', async () => {
  const { http } = await openDoor({ TIPS_RECIPIENTS: recipient })
  const page = await http.inject('/tips')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('· The newsroom</title>')
  const [icon = ''] = /\/assets\/favicon-\w+\.svg/.exec(page.body) ?? []
  expect((await http.inject(icon)).statusCode).toBe(200)
  expect((await http.inject('/')).headers.location).toBe('/tips')
  for (const url of ['/healthz', '/readyz']) expect((await http.inject(url)).statusCode).toBe(200)
  const { http: whole } = await openPress()
  const [desk = ''] = /\/assets\/desk-\w+\.css/.exec((await whole.inject('/admin/sign-in')).body) ?? []
  expect((await whole.inject(desk)).statusCode).toBe(200)
  for (const url of [
    desk,
    '/admin',
    '/admin/tips',
    '/search',
    '/feed.xml',
    '/articles/x',
    '/newsletter',
    '/robots.txt',
  ]) {
    const answer = await http.inject(url)
    expect([url, answer.statusCode]).toEqual([url, 404])
    expect(answer.body).toContain('Back to the tip form')
  }
})

test('the source’s door alone reads no password and no key from the environment', async () => {
  const dataDir = await temporaryFolder()
  const door = await serveTipDoor(dataDir, {
    DKIM_SELECTOR: 'press',
    DKIM_KEY_FILE: path.join(dataDir, 'no-such-key.pem'),
    SMTP_URL: 'not an address',
    DATABASE_URL: `sqlite:${path.join(dataDir, 'elsewhere.db')}`,
  })
  expect((await fetch(`${door.url}/tips`)).status).toBe(503)
  expect(readdirSync(dataDir)).toEqual(['tips'])
  door.child.kill('SIGTERM')
  expect(await door.ended).toBe(0)
})

test('without the source’s door the rest answers as ever, and 404 below /tips', async () => {
  const { http } = await openNewsroomOnly(await temporaryFolder())
  for (const url of ['/tips', '/tips/return']) expect((await http.inject(url)).statusCode).toBe(404)
  expect((await http.inject({ method: 'POST', url: '/tips', ...form({ message: 'x' }) })).statusCode).toBe(
    404,
  )
  for (const url of ['/', '/search']) expect((await http.inject(url)).statusCode).toBe(200)
  expect((await http.inject('/admin/tips')).headers.location).toContain('/admin/s')
})

test('a command beside a running server leaves alone what is just arriving there', async () => {
  const dataDir = await temporaryFolder()
  const clock = () => new Date()
  const serving = await openTipStore({ dataDir, clock })
  onTestFinished(() => serving.close())
  const staged = serving.sealed.stage([recipient])
  await staged.message('Arriving', '')
  const command = await openApp(readConfig({ DATA_DIR: dataDir }), { log: silent })
  await command.http.close()
  expect(readdirSync(path.join(dataDir, 'tips/staging'))).toHaveLength(1)
  const next = await openApp(readConfig({ DATA_DIR: dataDir }), { log: silent })
  onTestFinished(() => next.http.close())
  await next.http.listen({ port: 0, host: '127.0.0.1' })
  while (readdirSync(path.join(dataDir, 'tips/staging')).length)
    await new Promise(resolve => setTimeout(resolve, 10))
})

test('while another process holds the database a write waits without holding the event loop', async () => {
  const file = path.join(await temporaryFolder(), 'shared.db')
  const db = openSqlite(file)
  onTestFinished(() => db.close())
  await db.script('create table words (word text primary key)')
  const other = new Sqlite(file)
  onTestFinished(() => void other.close())
  other.exec('begin immediate')
  const written = Promise.all([
    db.run(sql`insert into words (word) values ('alone')`),
    db.transaction(tx => tx.run(sql`insert into words (word) values ('together')`)),
  ])
  // Were the loop held, nobody would be there to commit.
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(await db.all(sql`select word from words`)).toEqual([])
  other.exec('commit')
  await written
  expect(await db.all(sql`select word from words order by word`)).toEqual([
    { word: 'alone' },
    { word: 'together' },
  ])
})

/** What a process has open below a folder. */
function openedBelow(folder: string, pid: number | undefined): string[] {
  const descriptors = `/proc/${pid}/fd`
  const targets = readdirSync(descriptors).flatMap(name => {
    try {
      return readlinkSync(path.join(descriptors, name))
    } catch {
      return []
    }
  })
  return [...new Set(targets.filter(target => target.startsWith(folder)))]
    .map(target => path.relative(folder, target))
    .sort()
}
