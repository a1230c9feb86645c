import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { uuids } from '../../src/foundation/clock.js'
import { sql } from '../../src/foundation/database.js'
import { AllResting, type Outcome } from '../../src/mail/index.js'
import { sqliteClaims } from '../../src/newsletter/delivery/claims.sqlite.js'
import { movableClock } from '../support/press.js'
import { accepted, addReaders, dispatch, everybody, openLedger, rowCounts, scriptedPost } from './ledger.js'

describe('an issue on its way', () => {
  test('reaches every reader once, and is done then', async () => {
    const post = scriptedPost(() => accepted)
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 250)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(new Set(post.sent).size).toBe(250)
    expect(post.sent).toHaveLength(250)
    const progress = await ledger.delivery.of(issue)
    expect(progress).toMatchObject({ state: 'finished', queued: 0, accepted: 250, failed: 0, unknown: 0 })
    expect(await rowCounts(ledger.db)).toEqual({ accepted: 250 })
  })

  test('has a row for every reader before the first mail goes out', async () => {
    const rows: number[] = []
    const post = scriptedPost(async () => {
      const [row] = (await ledger.db.all(sql`select count(*) as count from deliveries limit 1`)) as {
        count: number
      }[]
      rows.push(row?.count ?? 0)
      return accepted
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 2_500)
    await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(new Set(rows)).toEqual(new Set([2_500]))
  })

  test('never has more mails marked as under way than there are connections, and marks each before it is sent', async () => {
    const marked: number[] = []
    const post = scriptedPost(async to => {
      const rows = (await ledger.db.all(sql`
        select s.email from deliveries as d join subscribers as s on s.id = d.subscriber_id
        where d.state = 'attempting' limit 100`)) as { email: string }[]
      marked.push(rows.length)
      expect(rows.map(({ email }) => email)).toContain(to)
      return accepted
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 120)
    await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(120)
    expect(Math.max(...marked)).toBeLessThanOrEqual(post.width)
    expect(Math.max(...marked)).toBeGreaterThan(1)
  })

  test('goes to those of its audience only: by frequency, by sections, who chose none wants all', async () => {
    const ledger = await openLedger()
    const { db, delivery } = ledger
    const [one, two] = await addReaders(db, 3, { domain: () => 'a.example' })
    await addReaders(db, 4, { domain: () => 'b.example', frequency: 'daily' })
    for (const section of ['news', 'culture'])
      await db.run(sql`
        insert into sections (id, slug, name, description, position) values (${section}, ${section}, ${section}, '', 1)`)
    await db.run(
      sql`insert into subscriber_sections (subscriber_id, section_id) values (${one}, 'news'), (${two}, 'culture')`,
    )
    expect(await delivery.countAudience(everybody)).toBe(7)
    expect(await delivery.countAudience({ frequency: 'weekly', sections: [] })).toBe(3)
    expect(await delivery.countAudience({ frequency: 'weekly', sections: ['news'] })).toBe(2)
    const issue = await dispatch(ledger, { audience: { frequency: 'weekly', sections: ['news'] } })
    await ledger.worker.deliverDue()
    expect(await delivery.of(issue)).toMatchObject({ accepted: 2, state: 'finished' })
  })

  test('is for nobody who left, or gets no mail, even when they leave while it is under way', async () => {
    const post = scriptedPost(async () => {
      await ledger.db.run(
        sql`update subscribers set status = 'unsubscribed' where email = 'reader-19@x.example'`,
      )
      await ledger.db.run(
        sql`update subscribers set suppressed = 'complaint' where email = 'reader-18@x.example'`,
      )
      await ledger.db.run(sql`delete from subscribers where email = 'reader-17@x.example'`)
      return accepted
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 20, { domain: () => 'x.example' })
    await ledger.db.run(sql`update subscribers set status = 'pending' where email = 'reader-0@x.example'`)
    await ledger.db.run(sql`update subscribers set suppressed = 'erased' where email = 'reader-1@x.example'`)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(15)
    expect(await ledger.delivery.of(issue)).toMatchObject({
      state: 'finished',
      accepted: 15,
      failed: 2,
      queued: 0,
    })
    const { mails } = await ledger.delivery.list(issue, 'failed', '')
    expect(mails.map(({ reason }) => reason)).toEqual(Array(2).fill('left the list before it was sent'))
  })

  test('is finished at once when nobody gets it', async () => {
    const ledger = await openLedger()
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 0 })
  })

  test('goes on where the rows of a crashed program end, without a reader twice or left out', async () => {
    const ledger = await openLedger()
    const ids = (await addReaders(ledger.db, 2_400)).sort()
    const issue = await dispatch(ledger)
    const first = ids[1_234] as string
    // What a crash between two steps leaves: rows, their number and how far they reach.
    await ledger.db.run(sql`
      insert into deliveries (subscriber_id, issue_id, domain)
      select id, ${issue}, 'd.example' from subscribers where id <= ${first}`)
    await ledger.db.run(
      sql`update mailings set queued_to = ${first}, queued = 1235 where issue_id = ${issue}`,
    )
    await ledger.worker.deliverDue()
    expect(await ledger.delivery.of(issue)).toMatchObject({ accepted: 2_400, state: 'finished' })
    expect(await rowCounts(ledger.db)).toEqual({ accepted: 2_400 })
  })
})

describe('answers', () => {
  const answers: Record<string, Outcome> = {
    'reader-0@x.example': { kind: 'refused', reason: '550 5.1.1 <reader-0@x.example> is nobody here' },
    'reader-1@x.example': { kind: 'unknown', reason: 'The connection was lost.' },
    'reader-2@x.example': { kind: 'later', of: 'recipient', reason: '450 4.2.2 mailbox full' },
  }

  test('a refusal fails for good, is told with its whole text, and kept short without the address', async () => {
    const refusals: string[] = []
    const post = scriptedPost(to => answers[to] ?? accepted)
    const ledger = await openLedger({
      post,
      onRefused: async (_tx, { reason }) => void refusals.push(reason),
    })
    await addReaders(ledger.db, 5, { domain: () => 'x.example' })
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(refusals).toEqual(['550 5.1.1 <reader-0@x.example> is nobody here'])
    expect(await ledger.delivery.of(issue)).toMatchObject({
      state: 'sending',
      accepted: 2,
      failed: 1,
      unknown: 1,
      queued: 1,
    })
    const failed = await ledger.delivery.list(issue, 'failed', '')
    expect(failed.mails).toMatchObject([
      { email: 'reader-0@x.example', reason: '550 5.1.1 <[address]> is nobody here' },
    ])
    const unknown = await ledger.delivery.list(issue, 'unknown', '')
    expect(unknown.mails).toMatchObject([{ email: 'reader-1@x.example', reason: 'The connection was lost.' }])
  })

  test('a recipient who is put off is tried again after five minutes, then twice as long, ten times in all', async () => {
    const { clock, advance } = movableClock()
    const post = scriptedPost(to => answers[to] ?? accepted)
    const ledger = await openLedger({ post, clock })
    await addReaders(ledger.db, 3, { domain: () => 'x.example' })
    await ledger.db.run(sql`delete from subscribers where email <> 'reader-2@x.example'`)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(1)
    advance(4 * 60_000)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(1)
    for (let wait = 5; wait <= 5 * 2 ** 8; wait *= 2) {
      // The domain rests as well, but never for more than an hour.
      advance(Math.max(wait * 60_000, 3_600_000))
      await ledger.worker.deliverDue()
      advance(3_600_000)
      await ledger.worker.deliverDue()
    }
    expect(post.sent).toHaveLength(10)
    expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', failed: 1 })
    expect((await ledger.delivery.list(issue, 'failed', '')).mails).toMatchObject([
      { attempts: 10, reason: '450 4.2.2 mailbox full' },
    ])
  })

  test('a relay that takes nothing now costs no attempt: the next one has the mail at once', async () => {
    let first = true
    const post = scriptedPost(() => {
      if (!first) return accepted
      first = false
      return { kind: 'later', of: 'relay', reason: '421 too many mails' }
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 3)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(4)
    expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 3 })
    expect(await ledger.db.get(sql`select max(attempts) as most from deliveries`)).toEqual({ most: 0 })
  })

  test('while all relays rest the issue waits for the first of them', async () => {
    let refusals = 3
    const post = scriptedPost(() => accepted, { width: 1 })
    const lane = post.lane
    post.lane = async () => {
      refusals -= 1
      if (refusals >= 0) throw new AllResting(new Date(Date.now() + 50), 'all rest')
      return lane()
    }
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 3)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 3 })
  })

  test('a domain that puts off one reader after the other rests as a whole, and its readers lose no attempt', async () => {
    const { clock, advance } = movableClock()
    let full = true
    const post = scriptedPost(
      to =>
        full && to.endsWith('@full.example')
          ? { kind: 'later', of: 'recipient', reason: '452 4.2.2' }
          : accepted,
      { width: 2 },
    )
    const ledger = await openLedger({ post, clock })
    await addReaders(ledger.db, 100, { domain: index => (index % 2 ? 'full.example' : 'other.example') })
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    const tried = post.sent.filter(to => to.endsWith('@full.example')).length
    expect(tried).toBeGreaterThanOrEqual(5)
    expect(tried).toBeLessThanOrEqual(8)
    expect(await ledger.delivery.of(issue)).toMatchObject({ accepted: 50, queued: 50 })
    full = false
    advance(6 * 60_000)
    await ledger.worker.deliverDue()
    expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 100 })
    expect(await ledger.db.get(sql`select count(*) as tried from deliveries where attempts > 0`)).toEqual({
      tried,
    })
  })

  test('one slow domain has no more than its share of the connections while others wait', async () => {
    let slow = 0
    let most = 0
    let waiting = 60
    const post = scriptedPost(
      async to => {
        if (!to.endsWith('@slow.example')) {
          waiting -= 1
          return accepted
        }
        slow += 1
        if (waiting > 6) most = Math.max(most, slow)
        await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
        slow -= 1
        return accepted
      },
      { width: 6 },
    )
    const ledger = await openLedger({ post })
    // In the order of an old list: one domain after the other.
    await addReaders(ledger.db, 120, { domain: index => (index < 60 ? 'slow.example' : `d${index}.example`) })
    await dispatch(ledger)
    await ledger.worker.deliverDue()
    expect(post.sent).toHaveLength(120)
    expect(most).toBe(3)
  })
})

describe('rows in hand', () => {
  test('two programs on one database never take the same row', async () => {
    const ledger = await openLedger()
    const { db, dataDir } = ledger
    await addReaders(db, 3_000)
    const issue = await dispatch(ledger)
    await db.run(
      sql`insert into deliveries (subscriber_id, issue_id, domain) select id, ${issue}, 'd' from subscribers`,
    )
    await db.run(sql`update mailings set state = 'sending', queued = 3000 where issue_id = ${issue}`)
    const workers = ['one', 'two', 'three']
    for (const id of workers) await db.run(sql`insert into mail_workers (id, seen) values (${id}, '2021')`)
    const taken = await Promise.all(
      workers.map(worker => claimAll(path.join(dataDir, 'site.db'), issue, worker)),
    )
    expect(taken.flat()).toHaveLength(3_000)
    expect(new Set(taken.flat()).size).toBe(3_000)
    expect(taken.filter(own => own.length > 0).length).toBeGreaterThan(1)
  })

  test('nobody takes rows who is not seen at work', async () => {
    const ledger = await openLedger()
    await addReaders(ledger.db, 3)
    const issue = await dispatch(ledger)
    await ledger.db.run(
      sql`insert into deliveries (subscriber_id, issue_id, domain) select id, ${issue}, 'd' from subscribers`,
    )
    await ledger.db.run(sql`update mailings set state = 'sending', queued = 3 where issue_id = ${issue}`)
    const wanted = { issueId: issue, worker: 'nobody', now: '2030', limit: 7, without: [] }
    expect(await ledger.db.transaction(tx => sqliteClaims.claim(tx, wanted))).toEqual([])
  })

  test('what a dead program was sending is unknown and listed; what it had not begun is sent', async () => {
    const { clock, advance } = movableClock()
    const ledger = await openLedger({ clock })
    const [one, two, three] = await addReaders(ledger.db, 10)
    const issue = await dispatch(ledger)
    await ledger.db.run(
      sql`insert into deliveries (subscriber_id, issue_id, domain) select id, ${issue}, 'd' from subscribers`,
    )
    await ledger.db.run(sql`update mailings set state = 'sending', queued = 10 where issue_id = ${issue}`)
    await ledger.db.run(sql`insert into mail_workers (id, seen) values ('dead', ${clock().toISOString()})`)
    await ledger.db.run(
      sql`update deliveries set worker = 'dead', state = 'attempting' where subscriber_id in (${one}, ${two})`,
    )
    await ledger.db.run(sql`update deliveries set worker = 'dead' where subscriber_id = ${three}`)
    advance(9_000)
    await ledger.worker.deliverDue()
    expect(await rowCounts(ledger.db)).toEqual({ accepted: 7, attempting: 2, queued: 1 })
    advance(2_000)
    await ledger.worker.deliverDue()
    expect(await rowCounts(ledger.db)).toEqual({ accepted: 8, unknown: 2 })
    expect(await ledger.delivery.of(issue)).toMatchObject({
      state: 'finished',
      accepted: 8,
      unknown: 2,
      queued: 0,
    })
    const { mails } = await ledger.delivery.list(issue, 'unknown', '')
    expect(mails.map(({ readerId }) => readerId).sort()).toEqual([one, two].sort())
    expect(mails[0]?.reason).toBe('The program stopped while it was being sent.')
    expect(await ledger.delivery.attention()).toMatchObject({
      held: [],
      unknown: [{ issueId: issue, count: 2 }],
    })
  })

  test('a program that was taken for dead goes on under a new name and repeats nothing', async () => {
    const post = scriptedPost(async () => {
      await ledger.db.run(sql`delete from mail_workers`)
      return accepted
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 30)
    const issue = await dispatch(ledger)
    await ledger.worker.deliverDue()
    await ledger.worker.deliverDue()
    expect(new Set(post.sent).size).toBe(post.sent.length)
    const { queued, accepted: taken, unknown } = await ledger.delivery.of(issue)
    expect(queued + taken + unknown).toBe(30)
  })

  test('a program that stops finishes the mails under way and leaves nothing in hand', async () => {
    let stopped: Promise<void> | undefined
    const post = scriptedPost(async () => {
      stopped ??= ledger.worker.stop()
      await new Promise(resolve => setImmediate(resolve))
      return accepted
    })
    const ledger = await openLedger({ post })
    await addReaders(ledger.db, 100)
    await dispatch(ledger)
    await ledger.worker.deliverDue()
    await stopped
    const counts = await rowCounts(ledger.db)
    expect(counts.accepted).toBe(post.sent.length)
    expect(counts.accepted).toBeLessThan(100)
    expect(counts.attempting).toBeUndefined()
    expect(
      await ledger.db.get(sql`select count(*) as held from deliveries where worker is not null`),
    ).toEqual({ held: 0 })
    expect(await ledger.db.all(sql`select id from mail_workers`)).toEqual([])
  })
})

describe('what editors decide', () => {
  const actor = { id: uuids(), name: 'An editor', role: 'editor' as const }

  const underWay = async (answer: (to: string) => Outcome = () => accepted) => {
    const post = scriptedPost(answer)
    const ledger = await openLedger({ post })
    await ledger.db
      .run(sql`
      insert into accounts (id, name, email, email_key, role, password_hash, created)
      values (${actor.id}, 'An editor', 'e@example.org', 'e@example.org', 'editor', '', '2021')`)
      .catch(() => undefined)
    await addReaders(ledger.db, 300)
    const issue = await dispatch(ledger)
    return { ...ledger, issue, post }
  }

  test('a paused issue sends nothing until it is resumed, be it before or after its rows stand', async () => {
    const { delivery, worker, issue, post } = await underWay()
    await delivery.pause(actor, issue)
    await worker.deliverDue()
    expect(post.sent).toHaveLength(0)
    expect(await delivery.of(issue)).toMatchObject({ state: 'paused', queued: 0 })
    await delivery.resume(actor, issue)
    await worker.deliverDue()
    expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 300 })
  })

  test('a cancelled issue reaches those who had it; for the others it failed, and the reason says so', async () => {
    let sent = 0
    const ledger = await underWay(() => {
      sent += 1
      if (sent === 20) void ledger.delivery.cancel(actor, ledger.issue)
      return accepted
    })
    await ledger.worker.deliverDue()
    await ledger.worker.deliverDue()
    const progress = await ledger.delivery.of(ledger.issue)
    expect(progress).toMatchObject({ state: 'cancelled', queued: 0, accepted: ledger.post.sent.length })
    expect(progress.accepted).toBeLessThan(100)
    expect(progress.failed).toBe(300 - progress.accepted)
    expect(await rowCounts(ledger.db)).toEqual({ accepted: progress.accepted, failed: progress.failed })
    expect((await ledger.delivery.list(ledger.issue, 'failed', '')).mails[0]?.reason).toBe('cancelled')
  })

  test('what is under way is held after a restore until an editor lets it go', async () => {
    const { db, delivery, worker, issue, post } = await underWay()
    expect(await db.transaction(tx => delivery.holdAll(tx))).toBe(1)
    await worker.deliverDue()
    expect(post.sent).toHaveLength(0)
    expect((await delivery.attention()).held).toMatchObject([{ issueId: issue }])
    await delivery.release(actor, issue)
    await worker.deliverDue()
    expect(post.sent).toHaveLength(300)
  })

  test('unknown mails are sent again or left, one by one or all, and those that are left ask for nothing more', async () => {
    let lost = true
    const ledger = await underWay(to =>
      lost && /^reader-\d@/.test(to) ? { kind: 'unknown', reason: 'lost' } : accepted,
    )
    const { delivery, worker, issue } = ledger
    await worker.deliverDue()
    expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 290, unknown: 10 })
    expect(await delivery.countUndecided(issue)).toBe(10)
    lost = false
    const { mails } = await delivery.list(issue, 'unknown', '')
    expect(await delivery.sendAgain(actor, issue, mails[0]?.readerId)).toBe(1)
    expect(await delivery.leave(actor, issue, mails[1]?.readerId)).toBe(1)
    expect(await delivery.of(issue)).toMatchObject({ state: 'sending', queued: 1, unknown: 9 })
    await worker.deliverDue()
    expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 291, unknown: 9 })
    expect(await delivery.countUndecided(issue)).toBe(8)
    expect(await delivery.sendAgain(actor, issue, undefined)).toBe(8)
    await worker.deliverDue()
    expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 299, unknown: 1 })
    expect(await delivery.countUndecided(issue)).toBe(0)
    expect((await delivery.attention()).unknown).toEqual([])
    expect(await rowCounts(ledger.db)).toEqual({ accepted: 299, unknown: 1 })
  })

  test('every decision stands on the trail', async () => {
    const { db, delivery, issue } = await underWay()
    await delivery.pause(actor, issue)
    await delivery.resume(actor, issue)
    await delivery.cancel(actor, issue)
    const entries = (await db.all(sql`select action from audit order by number limit 10`)) as {
      action: string
    }[]
    expect(entries.map(({ action }) => action)).toEqual(['paused', 'resumed', 'cancelled'])
    await expect(delivery.pause(actor, issue)).rejects.toThrow('It got on meanwhile')
  })
})

test('erasing a reader takes the row along, and the issue does not wait for it', async () => {
  const { clock } = movableClock()
  const post = scriptedPost(() => ({ kind: 'later', of: 'recipient', reason: '450' }))
  const ledger = await openLedger({ post, clock })
  const [one, two] = await addReaders(ledger.db, 2)
  const issue = await dispatch(ledger)
  await ledger.worker.deliverDue()
  expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'sending', queued: 2 })
  await ledger.db.run(sql`delete from subscribers where id in (${one}, ${two})`)
  await ledger.worker.deliverDue()
  expect(await ledger.delivery.of(issue)).toMatchObject({ state: 'finished', queued: 0 })
})

/** Claims all that it gets from a process of its own. @returns the readers' ids */
async function claimAll(file: string, issueId: string, worker: string): Promise<string[]> {
  const wanted = JSON.stringify({ issueId, worker, now: '2030', limit: 7, without: [] })
  const script = `
    import { openSqlite } from './src/foundation/sqlite.ts'
    import { sqliteClaims } from './src/newsletter/delivery/claims.sqlite.ts'
    const db = openSqlite(${JSON.stringify(file)})
    for (;;) {
      const rows = await db.transaction(tx => sqliteClaims.claim(tx, ${wanted}))
      if (rows.length === 0) break
      for (const { readerId } of rows) console.log(readerId)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    await db.close()`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    {
      cwd: programFolder,
    },
  )
  return stdout.split('\n').filter(Boolean)
}
