import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { type Colleague, colleague } from '../support/desk.js'
import { inTipStore, keepTip } from '../support/kept-tips.js'
import { movableClock, openPress, type Press } from '../support/press.js'

const HOUR = 3_600_000

/** Gives somebody a key; the page where it is made is another's. */
async function giveKey(press: Press, { id }: Colleague): Promise<string> {
  const publicKey = await identityToRecipient(await generateX25519Identity())
  await press.db.run(sql`
    insert into tip_keys (id, public_key, kind, account_id, label, made)
    values (${publicKey}, ${publicKey}, 'editor', ${id}, '', '2021-01-01T00:00:00.000Z')`)
  await inTipStore(press.dataDir, tips => tips.addRecipient(publicKey, '2021-01-01'))
  return publicKey
}

async function openDesk(start = '2021-01-04T12:00:00.000Z') {
  const time = movableClock(start)
  const press = await openPress({ RATE_LIMITS: 'off' }, { clock: time.clock })
  const editor = await colleague(press, 'editor', 'Ed Editor')
  const mails = async () => {
    await press.tips.alerts.sendDue()
    await press.mail.deliverDue()
    const folder = path.join(press.dataDir, 'outbox')
    return readdirSync(folder)
      .sort()
      .map(name => readFileSync(path.join(folder, name), 'utf8'))
  }
  return { press, editor, mails, advance: time.advance }
}

// The names of the file, of the message and of its day are all that may differ.
const constant = (mail: string) => mail.replace(/^(Message-ID|Date): .*$/gm, '$1')

describe('the mail that asks to look at the tip line', () => {
  test('comes once a day at seven to who holds a key, the same to the byte with no tip and with five', async () => {
    const { press, editor, mails, advance } = await openDesk()
    await colleague(press, 'editor', 'Without Key')
    await colleague(press, 'author', 'Author Someone')
    await giveKey(press, editor)
    // What was due before anybody had a key.
    expect(await mails().catch(() => [])).toHaveLength(1)
    advance(18.9 * HOUR)
    expect(await mails()).toHaveLength(1)
    for (let count = 0; count < 5; count++) await keepTip(press.dataDir)
    advance(0.2 * HOUR)
    const [first = '', second = ''] = await mails()
    expect(await mails()).toHaveLength(2)
    expect(first).toContain('To: ed.editor@example.org')
    expect(first).toContain('Subject: The tip line: have a look today')
    expect(first).toContain('/admin/tips')
    expect(first).not.toBe(second)
    expect(constant(first)).toBe(constant(second))
  })

  test('comes once after days of standstill, and not to who was demoted or whose key is out of use', async () => {
    const { press, editor, mails, advance } = await openDesk()
    const leaving = await colleague(press, 'editor', 'Lee Leaving')
    const removed = await colleague(press, 'editor', 'Remo Removed')
    await giveKey(press, editor)
    await giveKey(press, leaving)
    const key = await giveKey(press, removed)
    await inTipStore(press.dataDir, tips => tips.removeRecipient(key))
    await press.db.run(sql`update accounts set role = 'author' where id = ${leaving.id}`)
    advance(5 * 24 * HOUR)
    expect((await mails()).map(mail => /^To: (.*)\r$/m.exec(mail)?.[1])).toEqual(['ed.editor@example.org'])
  })

  test('stops when it is turned off, and turned on again comes at the next time', async () => {
    const { press, editor, mails, advance } = await openDesk('2021-01-04T05:00:00.000Z')
    await giveKey(press, editor)
    const before = await mails()
    expect((await editor.get('/admin/tips/alerts')).body).toMatch(/name="send"[^>]* checked/)
    await editor.post('/admin/tips/alerts')
    advance(24 * HOUR)
    expect(await mails()).toEqual(before)
    await editor.post('/admin/tips/alerts', { send: 'yes' })
    advance(HOUR)
    expect(await mails()).toEqual(before)
    advance(24 * HOUR)
    expect(await mails()).toHaveLength(before.length + 1)
  })

  test('does not go out by itself from a database that was put back from a backup', async () => {
    const { press, editor, mails } = await openDesk()
    await giveKey(press, editor)
    await press.db.transaction(tx => press.tips.alerts.holdOverdue(tx))
    expect(await mails().catch(() => [])).toEqual([])
  })
})
