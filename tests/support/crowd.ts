import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Agent } from 'node:http'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import Sqlite from 'better-sqlite3'
import { seal } from '../../views/assets/tips/seal.js'
import { form } from './press.js'
import { multipart } from './tips.js'
import { type Answer, ask } from './workers.js'

export interface CrowdOptions {
  /** how many sign up, and how many send tips, at once */
  readers: number
  sources: number
  /** addresses that somebody reads meanwhile, one after the other */
  pages?: string[]
}

/** Readers who sign up and sources who send tips without a pause, whatever happens to the program; notes what was acknowledged. */
export async function openCrowd({ readers, sources, pages = [] }: CrowdOptions) {
  const sourceKey = await identityToRecipient(await generateX25519Identity())
  let content: Buffer | undefined
  const agent = new Agent({ keepAlive: true })
  const name = randomBytes(4).toString('hex')
  const acknowledged = { emails: new Set<string>(), lookups: new Set<string>() }
  const answers = new Map<string, number>()
  /** when a write was answered 2xx, in milliseconds */
  let stored = 0
  let url = ''
  let over = false
  let number = 0
  let cut = 0

  const count = (what: string, { status }: Answer): void => {
    const key = `${what} ${status}`
    answers.set(key, (answers.get(key) ?? 0) + 1)
  }

  const signUp = async (): Promise<void> => {
    const email = `reader-${name}-${number++}@d${number % 500}.example`
    const answer = await ask(`${url}/newsletter`, form({ email }), agent)
    count('sign-up', answer)
    if (answer.status === 200) acknowledged.emails.add(email)
    if (answer.status === 200) stored = performance.now()
  }
  const send = async (): Promise<void> => {
    content ??= await sealedFor((await ask(`${url}/tips`, {}, agent)).body)
    const lookup = randomBytes(32)
    const body = multipart({ lookup: lookup.toString('base64url'), source_key: sourceKey }, [
      { name: 'message.age', content, field: 'sealed' },
    ])
    const answer = await ask(`${url}/tips`, body, agent)
    count('tip', answer)
    if (answer.status === 200) acknowledged.lookups.add(createHash('sha256').update(lookup).digest('hex'))
    if (answer.status === 200) stored = performance.now()
  }
  const read = async (): Promise<void> => {
    for (const page of pages) count('read', await ask(`${url}${page}`, {}, agent))
    await pause(20)
  }
  const again = async (deed: () => Promise<void>): Promise<void> => {
    while (!over) {
      if (!url) await pause(5)
      else
        await deed().catch(async () => {
          cut += 1
          await pause(20)
        })
    }
  }
  const times = (count: number, deed: () => Promise<void>) => Array.from({ length: count }, () => again(deed))
  const everybody = Promise.all([
    ...times(readers, signUp),
    ...times(sources, send),
    ...times(pages.length ? 2 : 0, read),
  ])

  return {
    acknowledged,
    /** all of it up to now, however the crowd goes on */
    acknowledgedSoFar: () => ({
      emails: new Set(acknowledged.emails),
      lookups: new Set(acknowledged.lookups),
    }),
    /** how many were answered with which status */
    answers: () => Object.fromEntries([...answers].sort()),
    forgetAnswers: () => answers.clear(),
    stored: () => stored,
    acknowledgements: () => acknowledged.emails.size + acknowledged.lookups.size,
    /** how many requests were cut off */
    cut: () => cut,
    goTo(next: string): void {
      url = next
    },
    async disperse(): Promise<void> {
      over = true
      await everybody
      agent.destroy()
    },
  }
}

/** A tip as a browser seals it, to all whom the form names. */
async function sealedFor(page: string): Promise<Buffer> {
  const recipients = [...new Set(page.match(/age1[0-9a-z]{58}/g))]
  const sealed = await seal([{ name: 'message.txt', content: 'what was seen' }], recipients)
  return Buffer.from(await sealed.arrayBuffer())
}

export type Crowd = Awaited<ReturnType<typeof openCrowd>>

/** What of all that was acknowledged a data directory does not hold, and what is wrong with its databases. */
export function lostOf(
  dataDir: string,
  { emails, lookups }: Crowd['acknowledged'],
  database = path.join(dataDir, 'site.db'),
) {
  const site = new Sqlite(database)
  const tips = new Sqlite(path.join(dataDir, 'tips/tips.db'))
  try {
    // Those that were acknowledged last may wait to be worked off.
    const received = "select sign_up ->> '$.email.address' from sign_ups_received"
    const known = new Set(site.prepare(`select email from subscribers union all ${received}`).pluck().all())
    const rows = tips
      .prepare(
        'select t.lookup, t.id, p.batch from tips as t join tip_parts as p on p.tip_id = t.id where p.number = 0',
      )
      .all() as { lookup: string; id: string; batch: number }[]
    const kept = new Set(
      rows
        .filter(({ id, batch }) => existsSync(path.join(dataDir, 'tips/sealed', id, `${batch}-message.age`)))
        .map(({ lookup }) => lookup),
    )
    return {
      signUps: [...emails].filter(email => !known.has(email)).length,
      tips: [...lookups].filter(lookup => !kept.has(lookup)).length,
      integrity: [site, tips].map(db => db.pragma('integrity_check', { simple: true })),
      foreignKeys: [site, tips].flatMap(db => db.pragma('foreign_key_check') as unknown[]),
    }
  } finally {
    site.close()
    tips.close()
  }
}

export const nothingLost = { signUps: 0, tips: 0, integrity: ['ok', 'ok'], foreignKeys: [] }

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
