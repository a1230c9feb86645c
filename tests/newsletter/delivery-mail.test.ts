import { expect, test } from 'vitest'
import { marks } from '../../src/newsletter/letters/marks.js'
import { openPress } from '../support/press.js'
import { openRelay } from '../support/smtp.js'
import { addReaders, dispatch } from './ledger.js'

test('an issue arrives over SMTP with each reader’s own links, return path and Message-ID', async () => {
  const relay = await openRelay()
  const press = await openPress({
    SMTP_URL: relay.url,
    MAIL_FROM: 'news@paper.example',
    SITE_URL: 'https://paper.example',
  })
  const { delivery } = press.newsletter
  await addReaders(press.db, 12)
  const letter = {
    fromName: 'The Paper',
    subject: 'Die Woche – kurz',
    html: `<p>Hello ${marks.address}</p><a href="https://paper.example/newsletter/unsubscribe/${marks.leave}">Leave</a>`,
    text: `Hello ${marks.address}\nhttps://paper.example/newsletter/preferences/${marks.preferences}`,
  }
  const issue = await dispatch({ db: press.db, delivery }, { letter })
  await delivery.deliverDue()
  expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 12, failed: 0 })
  expect(relay.mails).toHaveLength(12)
  const [mail] = relay.mails
  const raw = relay.raw[0] ?? ''
  expect(mail?.subject).toBe('Die Woche – kurz')
  expect(mail?.from?.text).toBe('"The Paper" <news@paper.example>')
  expect(mail?.text).toMatch(
    /Hello reader-\d+@d\d\.example\nhttps:\/\/paper\.example\/newsletter\/preferences\/[\w-]{43}/,
  )
  expect(String(mail?.html)).toMatch(/unsubscribe\/[\w-]{43}"/)
  expect(raw).toMatch(/^List-Unsubscribe: <https:\/\/paper\.example\/newsletter\/unsubscribe\/[\w-]{43}>\r$/m)
  expect(raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
  expect(raw).toMatch(/^List-Id: "The Paper" <newsletter\.paper\.example>\r$/m)
  expect(raw).toMatch(/^Feedback-ID: 1:issue:newsletter:paper\.example\r$/m)
  expect(new Set(relay.mails.map(({ messageId }) => messageId)).size).toBe(12)
  expect(
    relay.senders.every(sender =>
      /^news\+[a-z2-7]{56}@paper\.example$|^bounces\+[a-z2-7]{56}@paper\.example$/.test(sender),
    ),
  ).toBe(true)
  const [, token = ''] = /unsubscribe\/([\w-]{43})/.exec(raw) ?? []
  const left = await press.http.inject({
    method: 'POST',
    url: `/newsletter/unsubscribe/${token}`,
    payload: 'List-Unsubscribe=One-Click',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(left.statusCode).toBe(200)
  const next = await dispatch({ db: press.db, delivery }, { number: 2, letter })
  await delivery.deliverDue()
  expect(await delivery.of(next)).toMatchObject({ state: 'finished', accepted: 11 })
})
