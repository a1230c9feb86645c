import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { openPress } from '../support/press.js'
import { stubbornRelay } from '../support/stubborn-relay.js'

const page = '/admin/newsletter/relays'
const message = { to: 'somebody@example.org', fromName: 'P', subject: 's', html: '<p>a</p>', text: 'a' }

test('an editor sees how each relay does and why one rests, without anybody’s address, and ends the rest', async () => {
  const first = await stubbornRelay('?per-day=5&per-minute=60', { credentials: 'paper:secret@' })
  const second = await stubbornRelay()
  const press = await openPress({ SMTP_URL: `${first.url},${second.url}` })
  const editor = await colleague(press, 'editor')
  first.mood.recipient = '450 4.7.1 somebody@example.org comes too fast'
  await press.db.transaction(tx => press.mail.queue(tx, message))
  await press.mail.deliverDue()
  const { body } = await editor.get(page)
  expect(body.indexOf(first.name)).toBeLessThan(body.indexOf(second.name))
  expect(body).toContain('comes too fast')
  expect(body).toContain('0 of 5')
  expect(body).toContain('at most 60')
  expect(body).not.toMatch(/somebody|secret/)
  const answer = await editor.post(`${page}/attempt`, { relay: first.name })
  expect(answer.statusCode).toBe(303)
  expect((await editor.get(page)).body).not.toContain('comes too fast')
  expect((await editor.post(`${page}/attempt`, { relay: 'other.example:25' })).statusCode).toBe(404)
})

test('without a relay the page says what happens to mail, and who may not see it does not', async () => {
  const press = await openPress()
  expect((await (await colleague(press, 'owner')).get(page)).body).toContain('No relay is set')
  expect((await (await colleague(press, 'author')).get(page)).statusCode).toBe(403)
})
