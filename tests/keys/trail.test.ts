import { createHmac } from 'node:crypto'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openPress } from '../support/press.js'
import { command, keys, ringOf } from './paper.js'

type Row = Record<string, string | number | null> & { number: number }

let dataDir = ''

/** Three entries, the one that tells of the replacement, and two more. */
beforeEach(async () => {
  const first = await openPress()
  dataDir = first.dataDir
  await note(first, 1, 2, 3)
  await first.http.close()
  await keys({ dataDir }, 'replace', 'audit-key')
  const second = await openPress({ DATA_DIR: dataDir })
  await note(second, 5, 6)
  await second.http.close()
})

async function note(
  { db, audit }: Pick<Awaited<ReturnType<typeof openPress>>, 'db' | 'audit'>,
  ...numbers: number[]
) {
  for (const number of numbers)
    await db.transaction(tx =>
      audit.record(tx, undefined, {
        action: 'published',
        subject: { kind: 'article', id: `${number}`, label: `Story ${number}` },
      }),
    )
}

const verify = () => command(dataDir, ['audit', 'verify'])

async function tamper(work: (db: ReturnType<typeof openSqlite>) => Promise<unknown>): Promise<void> {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  await work(db)
  await db.close()
}

/** Writes an entry, and the end if it is the last, with the key that was replaced, as whoever has a copy of it can. */
async function forge(db: ReturnType<typeof openSqlite>, change: Partial<Row>, number: number): Promise<void> {
  const [old] = ringOf(dataDir, 'audit-key').older
  const columns = sql`number, at, account_id as accountId, account_name as accountName, action,
    subject_kind as subjectKind, subject_id as subjectId, subject_label as subjectLabel, details, previous`
  const row = {
    ...((await db.get(sql`select ${columns} from audit where number = ${number}`)) as Row),
    ...change,
  }
  const text = JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
  const mark = createHmac('sha256', old as Buffer)
    .update(text)
    .digest('hex')
  const seal = createHmac('sha256', old as Buffer)
    .update(`end ${number} ${mark}`)
    .digest('hex')
  await db.run(
    sql`update audit set account_name = ${row.accountName}, previous = ${row.previous}, mark = ${mark} where number = ${number}`,
  )
  await db.run(sql`update audit_end set mark = ${mark}, seal = ${seal} where number = ${number}`)
}

test('the trail goes on under the new key, and is whole', async () => {
  const { code, said } = await verify()
  expect([code, said]).toEqual([0, expect.stringContaining('6 entries, none missing, none changed.')])
})

test.each([
  ['from before it', 2],
  ['that tells of it', 4],
  ['from after it', 6],
])('an edited entry %s is found', async (_which, number) => {
  await tamper(db => db.run(sql`update audit set account_name = 'Eve' where number = ${number}`))
  const { code, said } = await verify()
  expect([code, said]).toEqual([1, expect.stringContaining(`Entry ${number} was changed.`)])
})

test('whoever has the older key forges no entry of the time after it', async () => {
  await tamper(db => forge(db, { accountName: 'Eve' }, 6))
  const { code, said } = await verify()
  expect([code, said]).toEqual([1, expect.stringContaining('Entry 6 was changed.')])
})

test('nor of the time before it', async () => {
  await tamper(db => forge(db, { accountName: 'Eve' }, 3))
  const { code, said } = await verify()
  expect([code, said]).toEqual([1, expect.stringContaining('Entry 4 does not follow entry 3.')])
})

test('nor goes on as if it had not been replaced, after cutting the trail off before that', async () => {
  await tamper(async db => {
    await db.script('delete from audit where number > 3; update audit_end set number = 3')
    await forge(db, { accountName: 'Eve' }, 3)
  })
  const { code, said } = await verify()
  expect([code, said]).toEqual([
    1,
    expect.stringContaining('The trail does not go on with the newest audit-key.'),
  ])
})

test('nor is that hidden by what the program writes after it', async () => {
  await tamper(async db => {
    await db.script('delete from audit where number > 3; update audit_end set number = 3')
    await forge(db, { accountName: 'Eve' }, 3)
  })
  const press = await openPress({ DATA_DIR: dataDir })
  await note(press, 4)
  expect((await press.audit.verify()).problems).toContain('Entry 4 was changed.')
})

test('the doctor walks it as well', async () => {
  await tamper(db => db.run(sql`update audit set account_name = 'Eve' where number = 2`))
  const { said } = await command(dataDir, ['doctor', '--offline'])
  expect(said).toContain('Entry 2 was changed.')
})
