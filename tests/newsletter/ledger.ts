import path from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { openAudit } from '../../src/audit/index.js'
import { type Clock, systemClock, uuids } from '../../src/foundation/clock.js'
import { type Database, sql } from '../../src/foundation/database.js'
import { migrate } from '../../src/foundation/migrate.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import type { Outcome, Post } from '../../src/mail/index.js'
import type { Audience, Delivery } from '../../src/newsletter/delivery/schema.js'
import { deliveryService } from '../../src/newsletter/delivery/service.js'
import type { OnRefused } from '../../src/newsletter/delivery/settle.js'
import { deliveryWorker } from '../../src/newsletter/delivery/worker.js'
import { migrationFolders } from '../../src/premises.js'
import { temporaryFolder } from '../support/press.js'

export const everybody: Audience = { frequency: null, sections: [] }

/** A relay whose answers a test decides. */
export function scriptedPost(
  answer: (to: string) => Outcome | Promise<Outcome>,
  { width = 4 } = {},
): Post & { sent: string[]; most(): number } {
  const sent: string[] = []
  let open = 0
  let most = 0
  return {
    width,
    sent,
    most: () => most,
    async lane() {
      open += 1
      most = Math.max(most, open)
      return {
        relay: 'relay.example:25',
        send: async ({ to }) => {
          sent.push(to)
          return answer(to)
        },
        release: () => {
          open -= 1
        },
      }
    },
    begin: async () => undefined,
    pause: async () => undefined,
    relays: () => [],
    wakeRelay: () => undefined,
    close: async () => undefined,
  }
}

export const accepted: Outcome = { kind: 'accepted', response: '250 taken' }

export interface LedgerOptions {
  dataDir?: string
  clock?: Clock
  post?: Post
  onRefused?: OnRefused
}

/** The ledger over a database of its own, with nothing around it. */
export async function openLedger(options: LedgerOptions = {}) {
  const dataDir = options.dataDir ?? (await temporaryFolder())
  const { clock = systemClock, post = scriptedPost(() => accepted), onRefused } = options
  const db = openSqlite(path.join(dataDir, 'site.db'))
  await migrate(db, migrationFolders, clock().toISOString())
  const log = pino({ level: 'silent' })
  const worker = deliveryWorker({
    ...{ db, clock, post, onRefused, log, ids: uuids },
    mailsOf: async issueId => ({
      started: clock().getTime(),
      mail: async readerId => ({
        from: 'newsletter@example.org',
        message: Buffer.from(`Message-ID: <${issueId}.${readerId}>\r\n\r\nHello.\r\n`),
      }),
    }),
  })
  const audit = openAudit({ db, clock, keys: { dataDir } })
  const delivery = deliveryService({
    ...{ db, clock, audit, wake: worker.wake },
    site: { contentChanged: async () => undefined },
  })
  onTestFinished(async () => {
    await worker.stop()
    await db.close()
  })
  return { db, dataDir, worker, delivery, clock }
}

/** Puts readers on the list, at `domain(index)`. @returns their ids, in their order */
export async function addReaders(
  db: Database,
  count: number,
  { domain = (index: number) => `d${index % 7}.example`, frequency = 'weekly' } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuids())
  await db.transaction(async tx => {
    for (const [index, id] of ids.entries()) {
      const email = `reader-${index}@${domain(index)}`
      await tx.run(sql`
        insert into subscribers (id, email, email_key, name, frequency, status, created)
        values (${id}, ${email}, ${email}, '', ${frequency}, 'active', '2021-01-01T00:00:00.000Z')
        on conflict (email_key) do nothing`)
    }
  })
  return ids
}

const plainLetter = { fromName: 'The Paper', subject: 'The week', html: '<p>Hello</p>', text: 'Hello' }

/** Hands an issue to the ledger, as the desk does. @returns its id */
export async function dispatch(
  { db, delivery }: { db: Database; delivery: Pick<Delivery, 'dispatch'> },
  { number = 1, audience = everybody, letter = plainLetter } = {},
): Promise<string> {
  const id = uuids()
  await db.transaction(async tx => {
    await tx.run(sql`
      insert into issues (id, number, slug, subject, origin, status, sent, created, changed)
      values (${id}, ${number}, ${`issue-${number}`}, 'The week', 'desk', 'sent', '2021-01-01', '2021-01-01', '2021-01-01')`)
    await delivery.dispatch(tx, { id, number, letter, audience })
  })
  return id
}

/** How many rows are in each state, counted one by one. */
export async function rowCounts(db: Database): Promise<Record<string, number>> {
  const rows = (await db.all(sql`select state, count(*) as count from deliveries group by state`)) as {
    state: string
    count: number
  }[]
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}
