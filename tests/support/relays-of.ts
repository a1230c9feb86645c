import path from 'node:path'
import { onTestFinished } from 'vitest'
import { readConfig } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { createLogger } from '../../src/foundation/log.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import type { Outcome, Post } from '../../src/mail/index.js'
import { openRelays } from '../../src/mail/relays/index.js'
import { movableClock, temporaryFolder } from './press.js'

/** The relays at these addresses, without a press around them. */
export async function openPost(
  urls: string[],
  { folder = '', clock = movableClock().clock } = {},
): Promise<Post> {
  const db = openSqlite(path.join(folder || (await temporaryFolder()), 'site.db'))
  await db.run(sql`create table if not exists relay_days (
    relay text not null, day text not null, sent integer not null, primary key (relay, day))`)
  const post = await openRelays(readConfig({ SMTP_URL: urls.join(',') }).relays, {
    ...{ db, clock },
    log: createLogger('silent'),
  })
  onTestFinished(async () => {
    await post.close()
    await db.close()
  })
  return post
}

/** Gives a mail to the first relay that takes one. */
export async function send(post: Post, to: string, message: Buffer): Promise<Outcome & { relay: string }> {
  const lane = await post.lane()
  try {
    return { ...(await lane.send({ from: 'news@paper.example', to }, message)), relay: lane.relay }
  } finally {
    lane.release()
  }
}
