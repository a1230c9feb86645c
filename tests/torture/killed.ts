import { expect } from 'vitest'
import { type Database, sql } from '../../src/foundation/database.js'
import { addReaders, dispatch, openLedger } from '../newsletter/ledger.js'
import { byChance, chance, openHostileRelay } from '../support/hostile-relay.js'
import { freePort, run } from '../support/program.js'

const CONNECTIONS = 10

interface Row {
  email: string
  state: string
  reason: string | null
}

/**
 * Mails an issue through a relay that does its worst, kills the program again and again while it sends, lets it finish, and holds
 * what the relay took against what the ledger says.
 */
export async function mailWhileKilled({
  readers,
  kills,
  seed,
}: {
  readers: number
  kills: number
  seed: number
}) {
  const relay = await openHostileRelay(
    byChance(seed, {
      'put off': 0.05,
      refuse: 0.02,
      'put off at the end': 0.01,
      'refuse at the end': 0.01,
      'hang up before the end': 0.01,
      'take and hang up': 0.003,
      'forget and hang up': 0.003,
      'take and stand still': 0.002,
    }),
  )
  const { db, dataDir, delivery } = await openLedger()
  await addReaders(db, readers, { domain: index => `d${index % 500}.example` })
  const issue = await dispatch({ db, delivery })
  const environment = {
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'silent',
    SMTP_URL: `${relay.url}?connections=${CONNECTIONS}&timeout=1&rest=1`,
  }
  const random = chance(seed + 1)
  let cut = 0
  for (let kill = 1; kill <= kills; kill += 1) {
    const program = run(['serve'], environment)
    await relay.until(Math.floor(((readers * 0.8) / (kills + 1)) * kill))
    await new Promise(resolve => setTimeout(resolve, random() * 50))
    program.child.kill('SIGKILL')
    await program.ended
    cut = Math.max(cut, ...(await attemptingByWorker(db)))
    await due(db)
  }
  const program = run(['serve'], environment)
  const progress = await finished(db, async () => delivery.of(issue))
  program.child.kill('SIGTERM')
  await program.ended

  const rows = (await db.all(sql`
    select s.email, d.state, d.reason from deliveries as d join subscribers as s on s.id = d.subscriber_id`)) as Row[]
  const of = (state: string) => rows.filter(row => row.state === state)
  const has = ({ email }: Row) => relay.taken.has(email)
  expect(rows).toHaveLength(readers)
  // Nobody is missed: taken by the relay, failed and it says why, or unknown and listed.
  expect(of('accepted').filter(row => !has(row))).toEqual([])
  expect(of('failed').filter(({ reason }) => !reason)).toEqual([])
  expect(of('failed').filter(has)).toEqual([])
  // A crash leaves no more mails unknown than there were connections.
  expect(cut).toBeLessThanOrEqual(CONNECTIONS)
  expect(
    of('unknown').filter(({ reason }) => reason?.startsWith('The program stopped')).length,
  ).toBeLessThanOrEqual(CONNECTIONS * kills)
  const listed = await listedUnknown(delivery, issue)
  expect(listed.sort()).toEqual(
    of('unknown')
      .map(({ email }) => email)
      .sort(),
  )
  expect(of('accepted').length + of('failed').length + of('unknown').length).toBe(readers)
  // Nobody gets it twice, but around a kill, and then it can be told.
  const repeated = [...relay.taken.values()].filter(ids => ids.length > 1)
  expect(repeated.reduce((sum, ids) => sum + ids.length - 1, 0)).toBeLessThanOrEqual(CONNECTIONS * kills)
  expect(repeated.filter(ids => new Set(ids).size > 1)).toEqual([])
  expect(progress).toMatchObject({
    state: 'finished',
    queued: 0,
    accepted: of('accepted').length,
    failed: of('failed').length,
    unknown: of('unknown').length,
  })
  return { progress, repeated: repeated.length, cut }
}

async function attemptingByWorker(db: Database): Promise<number[]> {
  const rows = (await db.all(
    sql`select count(*) as count from deliveries where state = 'attempting' group by worker`,
  )) as { count: number }[]
  return rows.map(({ count }) => count)
}

// What was put off is due now: nobody waits five minutes for a test.
async function due(db: Database): Promise<void> {
  await db.run(sql`update deliveries set next_attempt = '' where state = 'queued' and next_attempt > ''`)
}

async function finished<Progress extends { state: string }>(
  db: Database,
  look: () => Promise<Progress>,
): Promise<Progress> {
  for (;;) {
    const progress = await look()
    if (progress.state === 'finished') return progress
    await due(db)
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

async function listedUnknown(
  delivery: Awaited<ReturnType<typeof openLedger>>['delivery'],
  issue: string,
): Promise<string[]> {
  const emails: string[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { mails, next } = await delivery.list(issue, 'unknown', after)
    emails.push(...mails.map(({ email }) => email))
    after = next
  }
  return emails
}
