import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { movableClock, openPress, type Press } from '../support/press.js'
import { freePort } from '../support/program.js'
import { openRelay } from '../support/smtp.js'

const leave = `https://paper.example/newsletter/unsubscribe/${'x'.repeat(60)}`

async function queue(
  press: Press,
  to = 'reader@example.org',
  headers: Record<string, string> = {},
): Promise<void> {
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  const message = {
    to,
    fromName: 'The Paper, “daily”',
    subject: 'Grüße — and a subject',
    html: '<p>Hällo</p>',
    text: 'Hällo\n',
    headers,
  }
  await db.transaction(tx => press.mail.queue(tx, message))
  await db.close()
}

const rows = async (press: Press) => {
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  const found = await db.all(sql`select status, attempts, html, last_error as error from outbox`)
  await db.close()
  return found as { status: string; attempts: number; html: string; error: string | null }[]
}

test('a mail reaches the relay with both parts, its sender and a Message-ID of our domain', async () => {
  const relay = await openRelay()
  const press = await openPress({ SMTP_URL: relay.url, MAIL_FROM: 'paper.example' })
  await queue(press, 'reader@example.org', { 'List-Unsubscribe': `<${leave}>` })
  await press.mail.deliverDue()
  const [mail] = relay.mails
  expect(mail?.subject).toBe('Grüße — and a subject')
  expect(mail?.html).toContain('<p>Hällo</p>')
  expect(mail?.text).toContain('Hällo')
  expect(mail?.from?.value[0]).toEqual({ name: 'The Paper, “daily”', address: 'newsletter@paper.example' })
  expect(mail?.messageId).toMatch(/^<[0-9a-f-]{36}@paper\.example>$/)
  expect(relay.raw[0]).toContain(`List-Unsubscribe: <${leave}>\r\n`)
  expect(await rows(press)).toEqual([])
})

test('a mail of a transaction that was rolled back is never sent', async () => {
  const relay = await openRelay()
  const press = await openPress({ SMTP_URL: relay.url })
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  const message = { to: 'a@example.org', fromName: 'P', subject: 's', html: '', text: '' }
  const rolledBack = db.transaction(async tx => {
    await press.mail.queue(tx, message)
    throw new Error('no')
  })
  await expect(rolledBack).rejects.toThrow('no')
  await db.close()
  await press.mail.deliverDue()
  expect(relay.mails).toEqual([])
})

test('a mail that waits is sent after a restart', async () => {
  const relay = await openRelay()
  const press = await openPress({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` })
  await queue(press)
  await press.http.close()
  const again = await openPress({ SMTP_URL: relay.url, DATA_DIR: press.dataDir })
  await again.mail.deliverDue()
  expect(relay.mails).toHaveLength(1)
})

test('a running press sends by itself what is queued', async () => {
  const relay = await openRelay()
  const press = await openPress({ SMTP_URL: relay.url })
  await press.http.listen({ port: 0, host: '127.0.0.1' })
  await queue(press)
  press.mail.wake()
  while (relay.mails.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
})

test('“not now” is tried again later and later, and no sooner', async () => {
  const relay = await openRelay()
  const { clock, advance } = movableClock()
  const press = await openPress({ SMTP_URL: relay.url }, { clock })
  relay.answers.push(450, 450)
  await queue(press)
  await press.mail.deliverDue()
  await press.mail.deliverDue()
  expect((await rows(press))[0]).toMatchObject({ status: 'queued', attempts: 1 })
  advance(80_000)
  await press.mail.deliverDue()
  expect((await rows(press))[0]).toMatchObject({ attempts: 2 })
  advance(80_000)
  await press.mail.deliverDue()
  expect((await rows(press))[0]).toMatchObject({ attempts: 2 })
  advance(160_000)
  await press.mail.deliverDue()
  expect(relay.mails).toHaveLength(1)
  expect(await rows(press)).toEqual([])
})

test('the next relay takes over from one that cannot be reached or says “not now”', async () => {
  const throttled = await openRelay()
  const relay = await openRelay()
  throttled.answers.push(421)
  const urls = [`smtp://127.0.0.1:${await freePort()}`, throttled.url, relay.url]
  const press = await openPress({ SMTP_URL: urls.join(', ') })
  await queue(press)
  await press.mail.deliverDue()
  expect(throttled.mails).toEqual([])
  expect(relay.mails).toHaveLength(1)
})

test('a refusal is final: the mail is kept as failed, without its text and without the address in the log', async () => {
  const relay = await openRelay()
  const other = await openRelay()
  relay.answers.push(550)
  const press = await openPress({ SMTP_URL: `${relay.url},${other.url}` })
  await queue(press, 'somebody@example.org')
  await press.mail.deliverDue()
  expect(await rows(press)).toEqual([
    { status: 'failed', attempts: 1, html: '', error: expect.stringContaining('550') },
  ])
  expect(other.mails).toEqual([])
  expect(press.logged()).toContain('mail given up')
  expect(press.logged()).not.toContain('somebody')
})

test('without a relay each mail is a file that mail programs open, for the owner’s eyes only', async () => {
  const press = await openPress()
  await queue(press)
  await press.mail.deliverDue()
  const folder = path.join(press.dataDir, 'outbox')
  const [file = ''] = await readdir(folder)
  expect(file).toMatch(/^[0-9a-f-]{36}\.eml$/)
  expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600)
  const mail = await simpleParser(await readFile(path.join(folder, file)))
  expect(mail.subject).toBe('Grüße — and a subject')
})
