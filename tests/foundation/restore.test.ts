import { copyFile, cp, readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { markAsCopy } from '../../src/foundation/home.js'
import { colleague } from '../support/desk.js'
import { signUp } from '../support/newsletter.js'
import { form, movableClock, openPress, type Press, temporaryFolder } from '../support/press.js'
import { addReaders } from '../support/readers.js'
import { openRelay } from '../support/smtp.js'

const held = async (press: Press) =>
  (await press.db.get(sql`select count(*) as waiting, coalesce(sum(held), 0) as held from outbox`)) as {
    waiting: number
    held: number
  }

/** A press whose mails wait: nothing has taken them yet. */
async function openWithMail(SMTP_URL: string): Promise<Press> {
  const press = await openPress({ SMTP_URL })
  for (const name of ['ada', 'bob']) await signUp(press, { email: `${name}@example.org` })
  expect(await held(press)).toEqual({ waiting: 2, held: 0 })
  return press
}

async function copied(from: string): Promise<string> {
  const dataDir = await temporaryFolder()
  await cp(from, dataDir, { recursive: true })
  return dataDir
}

test('in a copy of the data directory nothing that waited is mailed until an editor says so, and then once', async () => {
  const relay = await openRelay()
  const press = await openWithMail(relay.url)
  const DATA_DIR = await copied(press.dataDir)
  const copy = await openPress({ DATA_DIR, SMTP_URL: relay.url })
  await copy.mail.deliverDue()
  expect(relay.mails).toEqual([])
  expect(await held(copy)).toEqual({ waiting: 2, held: 2 })

  const editor = await colleague(copy, 'editor')
  expect((await editor.get('/admin')).body).toContain('2 mails wait since the restore')
  const author = await colleague(copy, 'author')
  expect((await author.get('/admin')).body).not.toContain('since the restore')
  // What comes after the restore is nobody's decision.
  await signUp(copy, { email: 'new@example.org' })
  await copy.mail.deliverDue()
  expect(relay.mails).toHaveLength(1)

  expect((await editor.post('/admin/mail/held/release')).statusCode).toBe(303)
  await copy.mail.deliverDue()
  await copy.mail.deliverDue()
  expect(relay.mails).toHaveLength(3)
  expect((await editor.get('/admin')).body).not.toContain('since the restore')
  const [deed] = (await copy.audit.page({ person: undefined, kind: 'mail' })).entries
  expect(deed).toMatchObject({ action: 'released', details: '{"count":2}' })

  // The one that it was copied from goes on as before.
  await press.mail.deliverDue()
  expect(relay.mails).toHaveLength(5)
})

test('what is discarded is never mailed', async () => {
  const relay = await openRelay()
  const press = await openWithMail(relay.url)
  const copy = await openPress({ DATA_DIR: await copied(press.dataDir), SMTP_URL: relay.url })
  const editor = await colleague(copy, 'editor')
  expect((await editor.post('/admin/mail/held/discard')).statusCode).toBe(303)
  await copy.mail.deliverDue()
  expect(relay.mails).toEqual([])
  expect(await held(copy)).toEqual({ waiting: 0, held: 0 })
})

test('a mere restart holds nothing, however the program ended', async () => {
  const relay = await openRelay()
  const press = await openWithMail(relay.url)
  const again = await openPress({ DATA_DIR: press.dataDir, SMTP_URL: relay.url })
  expect(await held(again)).toEqual({ waiting: 2, held: 0 })
  await again.http.close()
  await press.http.close()
  const third = await openPress({ DATA_DIR: press.dataDir, SMTP_URL: relay.url })
  await third.mail.deliverDue()
  expect(relay.mails).toHaveLength(2)
})

test('an older state of the database that is copied over the file is noticed', async () => {
  const relay = await openRelay()
  const press = await openWithMail(relay.url)
  const { dataDir } = press
  await press.http.close()
  const backup = await copied(dataDir)
  const later = await openPress({ DATA_DIR: dataDir, SMTP_URL: relay.url })
  await later.mail.deliverDue()
  expect(relay.mails).toHaveLength(2)
  await later.http.close()
  await copyFile(path.join(backup, 'site.db'), path.join(dataDir, 'site.db'))
  const restored = await openPress({ DATA_DIR: dataDir, SMTP_URL: relay.url })
  await restored.mail.deliverDue()
  expect(relay.mails).toHaveLength(2)
  expect(await held(restored)).toEqual({ waiting: 2, held: 2 })
})

test('what puts a backup in place can say so', async () => {
  const relay = await openRelay()
  const press = await openWithMail(relay.url)
  await markAsCopy(press.db)
  await press.http.close()
  const restored = await openPress({ DATA_DIR: press.dataDir, SMTP_URL: relay.url })
  expect(await held(restored)).toEqual({ waiting: 2, held: 2 })
  expect((await readdir(press.dataDir)).filter(name => name.endsWith('.part'))).toEqual([])
})

test('a mailing that was half sent when it was copied waits in the copy; released, it reaches each of the rest once', async () => {
  const { clock, advance } = movableClock()
  const relay = await openRelay()
  const press = await openPress({ SMTP_URL: relay.url }, { clock })
  await addReaders(press, 6)
  await dispatch(press)
  relay.answers.push(250, 250, 250, 450, 450, 450)
  await press.newsletter.delivery.deliverDue()
  expect(relay.mails).toHaveLength(3)

  const copy = await openPress({ DATA_DIR: await copied(press.dataDir), SMTP_URL: relay.url }, { clock })
  advance(2 * 3_600_000)
  await copy.newsletter.delivery.deliverDue()
  expect(relay.mails).toHaveLength(3)
  expect(await copy.newsletter.delivery.of('i1')).toMatchObject({ state: 'held', queued: 3, accepted: 3 })
  const { id } = await colleague(copy, 'editor')
  await copy.newsletter.delivery.release({ id, name: 'The editor', role: 'editor' }, 'i1')
  await copy.newsletter.delivery.deliverDue()
  await copy.newsletter.delivery.deliverDue()
  const reached = relay.mails.map(mail => [mail.to].flat()[0]?.text)
  expect(reached).toHaveLength(6)
  expect(new Set(reached).size).toBe(6)
})

test('confirmations that waited for their turn wait in a copy as well', async () => {
  const { clock, advance } = movableClock()
  const press = await openPress({}, { clock })
  for (let index = 0; index < 51; index++)
    await signUp(press, { email: `reader${index}@example.org` }, `10.0.0.${index}`)
  // Acknowledged, and what follows from it not written yet.
  await press.http.inject({ method: 'POST', url: '/newsletter', ...form({ email: 'last@example.org' }) })
  const copy = await openPress({ DATA_DIR: await copied(press.dataDir) }, { clock })
  advance(3_600_000)
  await copy.newsletter.waiting.sendWaiting()
  expect(await held(copy)).toEqual({ waiting: 50, held: 50 })
  const editor = await colleague(copy, 'editor')
  expect((await editor.get('/admin')).body).toContain('52 mails wait since the restore')
  await editor.post('/admin/mail/held/release')
  await copy.newsletter.waiting.sendWaiting()
  expect(await held(copy)).toEqual({ waiting: 52, held: 0 })
})

/** Puts an issue under way to everybody. */
async function dispatch(press: Press): Promise<void> {
  const at = '2021-01-04T12:00:00.000Z'
  await press.db.run(sql`
    insert into issues (id, number, slug, subject, status, origin, created, changed)
    values ('i1', 1, 'news', 'News', 'sent', 'desk', ${at}, ${at})`)
  const letter = { fromName: 'Paper', subject: 'News', html: '<p>News</p>', text: 'News' }
  const audience = { frequency: null, sections: [] }
  await press.db.transaction(tx =>
    press.newsletter.delivery.dispatch(tx, { id: 'i1', number: 1, letter, audience }),
  )
}
