import path from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { openNewsroom } from '../support/newsroom.js'
import { temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'
import { addReaders, rowCounts } from './ledger.js'

/** A paper of two published articles and one draft, closed again. */
async function paper() {
  const dataDir = await temporaryFolder()
  const press = await openNewsroom({ DATA_DIR: dataDir })
  await addReaders(press.db, 3)
  await press.publish({ title: 'The first', slug: 'the-first' })
  await press.publish({ title: 'The second', slug: 'the-second' })
  await press.publish({ title: 'A draft', slug: 'a-draft', status: 'draft' })
  await press.http.close()
  const send = async (...args: string[]) => {
    const command = run(['newsletter', 'send', ...args], { DATA_DIR: dataDir })
    return { code: await command.ended, printed: command.printed() }
  }
  return { dataDir, send }
}

test('`newsletter send` queues an issue that it does not deliver itself; the next server does', async () => {
  const { dataDir, send } = await paper()
  const { code, printed } = await send('--subject', 'From the shell', '--articles', 'the-second', 'the-first')
  expect(code, printed).toBe(0)
  expect(printed).toMatch(/Issue 1, from-the-shell, is queued for 3 readers/)
  const db = openSqlite(path.join(dataDir, 'site.db'))
  const { accepted = 0 } = await rowCounts(db)
  await db.close()
  expect(accepted).toBe(0)

  const press = await openNewsroom({ DATA_DIR: dataDir })
  await press.newsletter.delivery.deliverDue()
  expect(await rowCounts(press.db)).toEqual({ accepted: 3 })
  const { body } = await press.http.inject('/newsletter/issues/from-the-shell')
  expect(body.indexOf('The second')).toBeLessThan(body.indexOf('The first'))
})

test('what is no published article, no time and no subject is refused, and nothing is queued', async () => {
  const { dataDir, send } = await paper()
  const refusals: [string[], RegExp][] = [
    [['--subject', 'S', '--articles', 'the-first', 'nowhere'], /nowhere/],
    [['--subject', 'S', '--articles', 'a-draft'], /a-draft/],
    [['--subject', 'S', '--articles', 'the-first', '--at', 'soon'], /--at/],
    [['--subject', ' ', '--articles', 'the-first'], /--subject/],
  ]
  for (const [args, said] of refusals) {
    const { code, printed } = await send(...args)
    expect(code, printed).not.toBe(0)
    expect(printed).toMatch(said)
    expect(printed).not.toMatch(/\n\s+at /)
  }
  const press = await openNewsroom({ DATA_DIR: dataDir })
  expect((await press.http.inject('/newsletter/issues')).body).toContain('No issue has been sent so far')
  expect(await press.newsletter.issues.writing.list('scheduled')).toMatchObject({ issues: [] })
})

test('--at plans an issue in the paper’s time zone', async () => {
  const { dataDir, send } = await paper()
  const { code, printed } = await send(
    ...['--subject', 'Later', '--articles', 'the-first', '--at', '2099-01-02T09:00', '--frequency', 'daily'],
  )
  expect(code, printed).toBe(0)
  const press = await openNewsroom({ DATA_DIR: dataDir })
  const { issues } = await press.newsletter.issues.writing.list('scheduled')
  expect(issues).toMatchObject([
    { subject: 'Later', sendAt: '2099-01-02T09:00:00.000Z', frequency: 'daily', origin: 'command' },
  ])
  expect(await rowCounts(press.db)).toEqual({})
})
