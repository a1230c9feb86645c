import { readFileSync } from 'node:fs'
import path from 'node:path'
import { generateSync } from 'otplib'
import { expect } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { findRing, type KeyName, keyNames } from '../../src/foundation/secret.js'
import { browser, owner, signedIn } from '../staff/door.js'
import { aReader, relaysAccess } from '../support/bounces.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { run } from '../support/program.js'

const MINUTE = 60_000

export const erased = 'erased@mailhost.example'
const account = { email: 'the.owner@example.org', password: owner.password }

/** A paper, closed, on whose keys something hangs of each kind, and what people keep who stand on it. */
export async function paperWithAll() {
  const time = movableClock(new Date().toISOString())
  const press = await openPress({}, { clock: time.clock })
  const person = await signedIn(press)
  const { body } = await person.get('/admin/account/app')
  const seed = (/class="key">([^<]+)</.exec(body)?.[1] ?? '').replaceAll(' ', '')
  const sealed = /name="secret" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const code = () =>
    generateSync({ secret: seed, algorithm: 'sha256', epoch: Math.floor(time.clock().getTime() / 1_000) })
  const installed = await person.post('/admin/account/app', { secret: sealed, code: code() })
  const codes = [...installed.body.matchAll(/<code>([\w-]+)<\/code>/g)].map(match => match[1] ?? '')
  expect(codes).toHaveLength(10)
  const reader = await aReader(press)
  await press.db.transaction(tx =>
    press.newsletter.suppressions.add(tx, { email: erased, reason: 'erased', detail: '' }),
  )
  await press.http.close()
  const { dataDir } = press
  const { clock } = time
  return {
    dataDir,
    time,
    codes,
    reader: {
      id: reader.id,
      leave: `/newsletter/unsubscribe/${reader.link()}`,
      preferences: `/newsletter/preferences/${reader.tokens.link('preferences', reader.id)}`,
      returnPath: reader.returnPath(),
    },
    relays: relaysAccess(press).authorization,
    device: person.cookies.get('handpress-device') ?? '',
    reopen: () => openPress({ DATA_DIR: dataDir }, { clock }),
    /** Signs in with the password and a code of the app, or another one. @returns whether it opens the desk */
    async signsIn(opened: Press, given?: string): Promise<boolean> {
      time.advance(MINUTE)
      const other = browser(opened)
      await other.signIn(account)
      await other.post('/admin/sign-in', { code: given ?? code() })
      return other.isIn()
    },
  }
}

export type Paper = Awaited<ReturnType<typeof paperWithAll>>

/** Runs `handpress keys …` as an operator does. @returns its exit code and all that it printed */
export async function keys(paper: { dataDir: string }, ...args: string[]) {
  return command(paper.dataDir, ['keys', ...args])
}

export async function command(
  dataDir: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | string; said: string }> {
  const program = run(args, { DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...environment })
  const code = await program.ended
  return { code, said: program.printed() }
}

export function ringOf(dataDir: string, name: KeyName) {
  const ring = findRing({ dataDir }, name)
  if (!ring) throw new Error(`There is no ${name}.`)
  return ring
}

/** The bytes of each key's file. */
export function bytesOf(dataDir: string): Buffer[] {
  return keyNames.map(name => readFileSync(path.join(dataDir, name)))
}

/** What the trail tells of keys, oldest first. */
export async function deeds({ db }: Pick<Press, 'db'>): Promise<string[]> {
  const rows = await db.all(
    sql`select action || ' ' || subject_id as deed from audit where subject_kind = 'key' order by number limit 100`,
  )
  return (rows as { deed: string }[]).map(({ deed }) => deed)
}
