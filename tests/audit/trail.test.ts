import path from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { signedIn } from '../staff/door.js'
import { colleague } from '../support/desk.js'
import { openPress, type Press } from '../support/press.js'
import { run } from '../support/program.js'

/** A trail of some entries, with the program stopped. */
async function trailOf(entries: number): Promise<string> {
  const press = await openPress()
  await press.staff.addAccount({
    name: 'Ada',
    email: 'ada@example.org',
    role: 'owner',
    password: 'seven horses on a hill',
  })
  await note(press, entries - 1)
  await press.http.close()
  return press.dataDir
}

async function note(press: Press, entries: number, kind = 'article', from = 1): Promise<void> {
  for (let number = from; number < from + entries; number += 1)
    await press.db.transaction(tx =>
      press.audit.record(tx, undefined, {
        action: 'published',
        subject: { kind, id: String(number), label: `Story ${number}` },
        details: { reason: `no. ${number}` },
      }),
    )
}

async function tamper(dataDir: string, statement: string): Promise<void> {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  await db.script(statement)
  await db.close()
}

test('audit verify finds nothing in a trail that nobody touched', async () => {
  const verify = run(['audit', 'verify'], { DATA_DIR: await trailOf(4) })
  expect(await verify.ended).toBe(0)
  expect(verify.printed()).toMatch(/^4 entries, none missing, none changed\.$/m)
})

test.each([
  ['an edited row', "update audit set account_name = 'Eve' where number = 3", 'Entry 3 was changed.'],
  ['an edited detail', `update audit set details = '{}' where number = 5`, 'Entry 5 was changed.'],
  ['a row deleted from the middle', 'delete from audit where number = 3', 'Entries 3 to 3 are missing.'],
  ['rows deleted from the start', 'delete from audit where number < 3', 'Entries 1 to 2 are missing.'],
  ['a tail cut off', 'delete from audit where number > 4', 'Entries 5 to 6 are missing.'],
  [
    'a tail cut off with the note of its end',
    'delete from audit where number > 4; update audit_end set number = 4, mark = (select mark from audit where number = 4)',
    'The end of the trail was changed.',
  ],
  [
    'rows renumbered to close a gap',
    'delete from audit where number = 3; update audit set number = number - 1 where number > 3; update audit_end set number = 5',
    'Entry 3 does not follow entry 2.',
  ],
  ['everything deleted, the end too', 'delete from audit; delete from audit_end', 'The trail is gone'],
  ['everything deleted', 'delete from audit', 'Entries 1 to 6 are missing.'],
])('audit verify tells of %s', async (_what, statement, sentence) => {
  const DATA_DIR = await trailOf(6)
  await tamper(DATA_DIR, statement)
  const verify = run(['audit', 'verify'], { DATA_DIR })
  const code = await verify.ended
  expect(verify.printed()).toContain(sentence)
  expect(code).toBe(1)
})

test('a tail that was cut off with the note of its end is told of for good, whatever is noted afterwards', async () => {
  const dataDir = await trailOf(6)
  await tamper(
    dataDir,
    'delete from audit where number > 4; update audit_end set number = 4, mark = (select mark from audit where number = 4)',
  )
  const press = await openPress({ DATA_DIR: dataDir })
  await note(press, 3)
  await press.http.close()
  const verify = run(['audit', 'verify'], { DATA_DIR: dataDir })
  expect(await verify.ended).toBe(1)
  expect(verify.printed()).toContain('Entry 5 does not follow entry 4.')
  expect(verify.printed()).not.toContain('Entry 6')
})

test('owners read the trail newest first, page by page, by person and by kind', async () => {
  const press = await openPress()
  const chief = await signedIn(press)
  await note(press, 60)
  await note(press, 5, 'picture', 61)
  const first = (await chief.get('/admin/audit')).body
  expect(first.indexOf('Story 65')).toBeLessThan(first.indexOf('Story 64'))
  expect(first).not.toContain('Story 15<')
  expect(first).toContain('reason: no. 65')
  const older = /href="([^"]+)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = (await chief.get(older)).body
  expect(second).toContain('Story 15<')
  expect(second).toContain('Story 1<')
  expect(second).not.toContain('rel="next"')
  const pictures = (await chief.get('/admin/audit?kind=picture')).body
  expect(pictures.match(/<tr>/g)).toHaveLength(6)
  const mine = (await chief.get(`/admin/audit?person=${chief.id}`)).body
  expect(mine).toContain('signed in')
  expect(mine).not.toContain('Story')
  expect((await chief.get('/admin/audit?person=x&kind=%00&before=-1')).statusCode).toBe(200)
  expect((await chief.get('/admin/audit?kind=none')).body).toContain('Nothing fits.')
})

test('only owners read it', async () => {
  const press = await openPress()
  for (const role of ['editor', 'author', 'contributor'] as const)
    expect((await (await colleague(press, role)).get('/admin/audit')).statusCode).toBe(403)
})
