import { readFileSync } from 'node:fs'
import path from 'node:path'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { readOrCreateRing } from '../../src/foundation/secret.js'
import { returnPath } from '../../src/mail/index.js'
import { readerTokens } from '../../src/newsletter/tokens.js'
import type { Press } from './press.js'
import { addReaders } from './readers.js'

export const mailFrom = 'press@news.example'

const folder = path.join(programFolder, 'tests/fixtures/bounces')

/** A message of the corpus as it came back from a reader's mail. */
export function cameBack(
  name: string,
  { tag = '', link = '' }: { tag?: string; link?: string } = {},
): Buffer {
  const raw = readFileSync(path.join(folder, `${name}.eml`), 'latin1')
  return Buffer.from(raw.replaceAll('RETURN-TAG', tag).replaceAll('LINK-TOKEN', link), 'latin1')
}

/** A reader and issues that were sent, and what is kept of both. */
export async function aReader(press: Press, email = 'reader@mailhost.example') {
  await addReaders(press, 1, { email })
  const tokens = readerTokens(readOrCreateRing(press, 'secret-key'))
  const rows = await press.db.get(sql`select id from subscribers where email_key = ${email.toLowerCase()}`)
  const { id } = rows as { id: string }
  return {
    id,
    email,
    tokens,
    tag: (issueNumber = 0) => tokens.returnTag(issueNumber, id),
    returnPath: (issueNumber = 0) => returnPath(mailFrom, tokens.returnTag(issueNumber, id)),
    link: () => tokens.link('unsubscribe', id),
    state: async () =>
      (await press.db.get(sql`select status, suppressed from subscribers where id = ${id}`)) as {
        status: string
        suppressed: string | null
      },
    consents: async () =>
      (
        (await press.db.all(
          sql`select event, detail from consents where subscriber_id = ${id} order by at, id limit 50`,
        )) as { event: string; detail: string }[]
      ).map(({ event }) => event),
  }
}

/** How relays post: where, and with what in their head. */
export function relaysAccess({ newsletter }: Press): { address: string; authorization: string } {
  const { pathname: address, username, password } = new URL(newsletter.eventsAddress)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return { address, authorization }
}

/** Issues with these numbers, as if they had been sent. */
export async function issues(press: Press, ...numbers: number[]): Promise<void> {
  const at = '2021-01-01T00:00:00.000Z'
  for (const number of numbers)
    await press.db.run(sql`
      insert into issues (id, number, slug, subject, origin, status, sent, created, changed)
      values (${`issue-${number}`}, ${number}, ${`issue-${number}`}, ${`Issue ${number}`}, 'desk', 'sent', ${at}, ${at}, ${at})`)
}
