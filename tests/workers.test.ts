import { readdirSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sql } from '../src/foundation/database.js'
import { openSqlite } from '../src/foundation/sqlite.js'
import { ownerOf } from './backups/busy-newsroom.js'
import { colleague } from './support/desk.js'
import { newArticle, save } from './support/manuscripts.js'
import { openNewsroom } from './support/newsroom.js'
import { form, sharedByTests, temporaryFolder } from './support/press.js'
import { run } from './support/program.js'
import { codenameIn, multipart, sessionIn } from './support/tips.js'
import { ask, serveTogether } from './support/workers.js'

const soon = { timeout: 100_000 }

async function query(dataDir: string, text: ReturnType<typeof sql>) {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  const rows = await db.all(text)
  await db.close()
  return rows as Record<string, string>[]
}

describe('two workers', () => {
  const company = sharedByTests(() => serveTogether(2, { RATE_LIMITS: 'off' }))

  test('let a source through the tip line without scripts, whichever of them each connection comes to', async () => {
    const paper = await company()
    const send = (url: string, fields: Record<string, string>) => ask(`${paper.url}${url}`, multipart(fields))
    const codename = codenameIn((await send('/tips', { message: 'Look at the harbour.' })).body)
    const session = sessionIn((await send('/tips/return', { codename })).body)
    const isSignedIn = async () => (await send('/tips/return', { session })).body.includes('id="ending"')
    // Workers take connections in turn.
    expect([await isSignedIn(), await isSignedIn()]).toEqual([true, true])
    const added = await send('/tips/return/messages', { session, message: 'And at the pier.' })
    expect(added.status).toBe(200)
    await send('/tips/return/ending', { session })
    expect([await isSignedIn(), await isSignedIn()]).toEqual([false, false])
  })

  test('lose no sign-up that was acknowledged when one of them is killed, and get another beside them', async () => {
    const paper = await company()
    const acknowledged: string[] = []
    let isKilled = false
    const signUp = async (reader: number): Promise<void> => {
      for (let count = 0; count < 12; count++) {
        const email = `reader${reader}-${count}@example.org`
        const answer = await ask(`${paper.url}/newsletter`, form({ email })).catch(() => undefined)
        if (answer?.status === 200) acknowledged.push(email)
        if (acknowledged.length < 12 || isKilled) continue
        isKilled = process.kill(paper.workers()[1] as number, 'SIGKILL')
      }
    }
    await Promise.all([1, 2, 3].map(signUp))
    await expect.poll(() => paper.workers().length, soon).toBe(3)
    expect([(await ask(paper.url)).status, (await ask(paper.url)).status]).toEqual([200, 200])
    expect(acknowledged.length).toBeGreaterThan(30)
    const kept = async () => {
      const rows = await query(paper.dataDir, sql`select email from subscribers`)
      return rows.map(({ email }) => email)
    }
    await expect.poll(kept, soon).toEqual(expect.arrayContaining(acknowledged))
  })

  test('leave nothing of a tip that was arriving at one that is killed, once another has taken its place', async () => {
    const paper = await company()
    const staging = path.join(paper.dataDir, 'tips/staging')
    const content = Buffer.alloc(4 * 1_048_576, 'x')
    const body = multipart({ message: 'With a film' }, [{ name: 'film', content }])
    const arriving = () => {
      const { host, hostname, port } = new URL(paper.url)
      const line = connect(Number(port), hostname).on('error', () => undefined)
      const heads = { host, ...body.headers, 'content-length': body.payload.length }
      const head = Object.entries(heads).map(([name, value]) => `${name}: ${value}\r\n`)
      line.write(`POST /tips HTTP/1.1\r\n${head.join('')}\r\n`)
      line.write(body.payload.subarray(0, 3 * 1_048_576))
      return line
    }
    const takers = () => [...new Set(readdirSync(staging).map(name => Number(name.split('-')[0])))]
    const lines = [arriving()]
    // The system gives connections to whichever of them it likes.
    while (takers().length < 2 && lines.length < 40) {
      const before = readdirSync(staging).length
      lines.push(arriving())
      await expect.poll(() => readdirSync(staging).length, soon).toBeGreaterThan(before)
    }
    // Who sends nothing is shut out after a while.
    const going = setInterval(() => {
      for (const line of lines) line.write(Buffer.alloc(2_048, 'x'))
    }, 1_000)
    const [killed = 0, lives = 0] = takers()
    expect(paper.workers()).toEqual(expect.arrayContaining([killed, lives]))
    process.kill(killed, 'SIGKILL')
    await expect.poll(takers, soon).toEqual([lives])
    clearInterval(going)
    for (const line of lines) line.destroy()
    await expect.poll(takers, soon).toEqual([])
  })

  test('make one backup of one that is asked for, and each of them shows it', async () => {
    const paper = await company()
    const owner = await ownerOf(paper)
    expect((await owner.post('/admin/backups')).statusCode).toBe(303)
    const pages = () => Promise.all([1, 2, 3].map(async () => (await owner.get('/admin/backups')).body))
    const made = /<code>handpress-[^<]+\.tar\.gz</g
    const counts = async () => (await pages()).map(body => body.match(made)?.length ?? 0)
    await expect.poll(counts, soon).toEqual([1, 1, 1])
    const runs = sql`select state from backup_runs`
    await expect.poll(() => query(paper.dataDir, runs), soon).toEqual([{ state: 'done' }])
  })

  test('make room for new ones at a SIGHUP without dropping a request, and end together', async () => {
    const paper = await company()
    const before = paper.workers()
    let [answered, reloading] = [0, true]
    const failures: unknown[] = []
    const read = async (agent: Agent | false): Promise<void> => {
      while (reloading) {
        const answer = await ask(paper.url, {}, agent).catch(error => error)
        if (answer.status === 200) answered += 1
        else failures.push(answer)
      }
    }
    const kept = new Agent({ keepAlive: true })
    const readers = [read(false), read(kept), read(kept)]
    paper.child.kill('SIGHUP')
    await expect.poll(() => paper.printed(), soon).toContain('all workers are new')
    reloading = false
    await Promise.all(readers)
    kept.destroy()
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThan(20)
    expect(paper.workers()).toHaveLength(before.length + 2)
    await expect.poll(() => before.filter(isAlive), soon).toEqual([])
    paper.child.kill('SIGTERM')
    expect(await paper.ended).toBe(0)
    expect(paper.workers().filter(isAlive)).toEqual([])
  })
})

test('what a killed worker was to publish is published by another one, once', async () => {
  const press = await openNewsroom()
  const author = await colleague(press, 'author')
  const id = await newArticle(author)
  await save(author, id, { title: 'Planned', body: 'Some text.', slug: 'planned' })
  await author.post(`/admin/articles/${id}/schedule`, { at: '2099-01-04T15:00' })
  await press.http.close()

  const paper = await serveTogether(2, { DATA_DIR: press.dataDir })
  const leader = paper.leader()
  process.kill(leader, 'SIGKILL')
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  await db.run(sql`update articles set published = ${new Date().toISOString()} where status = 'scheduled'`)
  await db.close()
  const isOut = async () => (await ask(`${paper.url}/articles/planned`).catch(() => undefined))?.status
  await expect.poll(isOut, { ...soon, interval: 200 }).toBe(200)
  expect(paper.leader()).not.toBe(leader)
  paper.child.kill('SIGTERM')
  await paper.ended
  const trail = await query(
    press.dataDir,
    sql`select action from audit where subject_id = ${id} and action = 'published'`,
  )
  expect(trail).toHaveLength(1)
})

test('a number of workers that is none stops the start with a sentence', async () => {
  const dataDir = await temporaryFolder()
  for (const WORKERS of ['0', 'abc']) {
    const program = run(['serve'], { DATA_DIR: dataDir, WORKERS })
    expect(await program.ended).toBe(78)
    expect(program.printed()).toContain('WORKERS: must be a number between 1 and 64')
  }
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
