import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { seal } from '../../src/tips/sealing/sealing.js'
import { type Tip, tipsRepository } from '../../src/tips/store/index.js'

interface Given extends Partial<Tip> {
  message?: string
  contact?: string
  files?: { name: string; content: Buffer }[]
}

/** The tip line's own database, opened beside the press for one piece of work. */
export async function inTipStore<T>(
  dataDir: string,
  work: (repository: ReturnType<typeof tipsRepository>) => Promise<T>,
): Promise<T> {
  const db = openSqlite(path.join(dataDir, 'tips/tips.db'), { secureDelete: true })
  try {
    return await work(tipsRepository(db))
  } finally {
    await db.close()
  }
}

/** Puts a tip into a press as its form would, without the time that deriving a codename takes. @returns its id */
export async function keepTip(dataDir: string, given: Given = {}): Promise<string> {
  const { day = '2021-01-04', message = 'They moved the files.', contact = '', files = [] } = given
  const id = given.id ?? randomBytes(16).toString('hex')
  const home = path.join(dataDir, 'tips/sealed', id)
  mkdirSync(home, { recursive: true })
  const db = openSqlite(path.join(dataDir, 'tips/tips.db'), { secureDelete: true })
  const repository = tipsRepository(db)
  const recipients = await repository.recipients()
  const entries = [{ name: 'message.txt', content: bytes(message) }]
  if (contact) entries.push({ name: 'contact.txt', content: bytes(contact) })
  await repository.add({ id, day, sourceKey: given.sourceKey ?? '' }, randomBytes(32).toString('hex'))
  await seal(entries, recipients, path.join(home, '1-message.age'))
  await repository.addPart(id, { batch: 1, number: 0, day, kind: 'source' })
  for (const [index, { name, content }] of files.entries()) {
    await seal([{ name, content: bytes(content) }], recipients, path.join(home, `1-file-${index + 1}.age`))
    await repository.addPart(id, { batch: 1, number: index + 1, day, kind: 'source' })
  }
  const { lastDay = day, state = 'new', pinned = false, assigned = null } = given
  await db.run(sql`
    update tips set last_day = ${lastDay}, state = ${state}, pinned = ${pinned ? 1 : 0}, assigned = ${assigned}
    where id = ${id}`)
  await db.close()
  return id
}

/** Puts a reply where the newsroom's door puts it. @param recipient to whom it is sealed, `age1…` */
export async function putReply(
  dataDir: string,
  { tipId, batch, recipient, message }: { tipId: string; batch: number; recipient: string; message: string },
): Promise<void> {
  const file = path.join(dataDir, 'tips/sealed', tipId, `${batch}-reply.age`)
  await seal([{ name: 'message.txt', content: bytes(message) }], [recipient], file)
  await inTipStore(dataDir, tips =>
    tips.addPart(tipId, { batch, number: 0, day: '2021-01-04', kind: 'reply' }),
  )
}

/** The secret half of the newsroom's first key, `AGE-SECRET-KEY-1…`. */
export function firstKey(dataDir: string): string {
  const file = readFileSync(path.join(dataDir, 'newsroom-key.txt'), 'utf8')
  return /AGE-SECRET-KEY-1\w+/.exec(file)?.[0] ?? ''
}

async function* bytes(content: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}
