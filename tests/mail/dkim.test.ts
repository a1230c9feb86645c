import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { authenticate } from 'mailauth'
import { expect, test } from 'vitest'
import { type ConfigError, readConfig } from '../../src/config.js'
import { listHeaders, returnPath, tagOf } from '../../src/mail/index.js'
import { dkimKey, fakeDns } from '../support/dkim.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { stubbornRelay } from '../support/stubborn-relay.js'

const tag = 'a'.repeat(56)
const leave = `https://paper.example/newsletter/unsubscribe/${'x'.repeat(43)}`

/** An issue's mail that went over the wire, with what the DNS says of its sender. */
async function arrived(kinds: ('rsa' | 'ed25519')[]) {
  const folder = await temporaryFolder()
  const relay = await stubbornRelay()
  const keys = await Promise.all(kinds.map(kind => dkimKey(folder, kind)))
  const press = await openPress({
    SMTP_URL: relay.url,
    MAIL_FROM: 'news@paper.example',
    DKIM_SELECTOR: kinds.map(kind => `${kind}2026`).join(','),
    DKIM_KEY_FILE: keys.map(({ file }) => file).join(','),
  })
  const { mail } = press
  const headers = listHeaders({
    ...{ listId: 'newsletter.paper.example', listName: 'Die Grüne Zeitung', unsubscribeUrl: leave },
    ...{
      archiveUrl: 'https://paper.example/newsletter/issues',
      subscribeUrl: 'https://paper.example/newsletter',
    },
    ...{ ownerAddress: 'news@paper.example', feedbackId: '12:newsletter:issue:paper' },
  })
  const blueprint = mail.blueprint({
    ...{
      fromName: 'Die Grüne Zeitung',
      subject: 'Überall Äpfel – und mehr als eine Zeile Betreff, die gefaltet wird',
    },
    ...{
      html: `<p>Hä  llo \t welt</p>\n\n.\nFrom here  \n<a href="MARK">weg</a>\n\n`,
      text: 'Hällo   \n\n.\nMARK\n\n\n',
    },
    ...{ date: new Date('2026-01-02T03:04:05Z'), headers: {}, marks: ['MARK'] },
  })
  const to = 'reader@example.org'
  const message = await blueprint.fill({
    to,
    messageId: 'abc@paper.example',
    headers,
    values: { MARK: leave },
  })
  const envelope = { from: returnPath(mail.mailFrom, tag), to }
  const lane = await mail.post.lane()
  expect(await lane.send(envelope, message)).toMatchObject({ kind: 'accepted' })
  lane.release()
  const raw = relay.raw[0] as string
  const resolver = fakeDns({
    'paper.example': { TXT: ['v=spf1 ip4:192.0.2.1 -all'] },
    '_dmarc.paper.example': { TXT: ['v=DMARC1; p=reject; adkim=s; aspf=s'] },
    ...Object.fromEntries(
      kinds.map((kind, at) => [`${kind}2026._domainkey.paper.example`, { TXT: [keys[at]?.record ?? ''] }]),
    ),
  })
  const verify = (source: string) =>
    authenticate(source, { ip: '192.0.2.1', helo: 'relay.example', sender: envelope.from, resolver })
  return { raw, verify, press, relay }
}

test.each([[['rsa']], [['ed25519']], [['rsa', 'ed25519']]] as ('rsa' | 'ed25519')[][][])(
  'what arrives passes DKIM, SPF and DMARC, signed with %s',
  async kinds => {
    const { raw, verify } = await arrived(kinds)
    const { dkim, spf, dmarc } = await verify(raw)
    expect(dkim.results.map(({ status }) => status.result)).toEqual(kinds.map(() => 'pass'))
    const signatures = raw.replace(/\r\n\s+/g, ' ').match(/^DKIM-Signature: .*$/gm) ?? []
    expect(signatures.map(line => /a=([\w-]+)/.exec(line)?.[1])).toEqual(kinds.map(kind => `${kind}-sha256`))
    for (const line of signatures) {
      const names = /h=([^;]+)/.exec(line)?.[1]?.toLowerCase().split(/[: ]+/) ?? []
      const covered = 'to subject date message-id list-id list-unsubscribe list-unsubscribe-post feedback-id'
      expect(names).toEqual(expect.arrayContaining(covered.split(' ')))
      expect(names.filter(name => name === 'from')).toHaveLength(2)
      expect(line).toContain('d=paper.example;')
    }
    expect(spf).toMatchObject({ status: { result: 'pass' } })
    expect(dmarc).toMatchObject({ status: { result: 'pass' } })
    expect(raw).toContain(
      `\r\nList-Unsubscribe: <${leave}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`,
    )
  },
)

test('whoever changes how to leave, adds a sender or rewrites a word breaks the signature', async () => {
  const { raw, verify } = await arrived(['ed25519'])
  const changes = [
    raw.replace(
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      'List-Unsubscribe-Post: List-Unsubscribe=Two',
    ),
    raw.replace('List-Unsubscribe: <https://paper', 'List-Unsubscribe: <https://other'),
    raw.replace('\r\nFrom:', '\r\nFrom: evil@paper.example\r\nFrom:'),
    raw.replace('weg', 'hin'),
  ]
  for (const changed of changes) {
    expect(changed).not.toBe(raw)
    const { dkim } = await verify(changed)
    expect(dkim.results.map(({ status }) => status.result)).not.toContain('pass')
  }
})

test('what the outbox sends is signed the same way, and comes back to the tag that it was given', async () => {
  const { verify, press, relay } = await arrived(['rsa', 'ed25519'])
  const message = {
    to: 'a@example.org',
    fromName: 'P',
    subject: 'Confirm',
    html: '<p>a</p>',
    text: 'a',
    returnTag: tag,
  }
  await press.db.transaction(tx => press.mail.queue(tx, message))
  await press.mail.deliverDue()
  const { dkim, dmarc } = await verify(relay.raw[1] as string)
  expect(dkim.results.map(({ status }) => status.result)).toEqual(['pass', 'pass'])
  expect(dmarc).toMatchObject({ status: { result: 'pass' } })
  expect(relay.senders).toEqual([`news+${tag}@paper.example`, `news+${tag}@paper.example`])
})

test('a return path fits into what servers take, and is read back in whatever case', () => {
  expect(returnPath('news@paper.example', tag)).toBe(`news+${tag}@paper.example`)
  expect(returnPath('a-very-long-name-for-news@paper.example', tag)).toBe(`bounces+${tag}@paper.example`)
  expect(returnPath('news@paper.example')).toBe('news@paper.example')
  expect(tagOf('news@paper.example', `NEWS+${tag.toUpperCase()}@Paper.Example`)).toBe(tag)
  expect(tagOf('news@paper.example', `bounces+${tag}@paper.example`)).toBe(tag)
  for (const other of [`news+${tag}@other.example`, `else+${tag}@paper.example`, 'news@paper.example', ''])
    expect(tagOf('news@paper.example', other)).toBeUndefined()
})

test('keys that cannot sign are problems of the start, said in words', async () => {
  const folder = await temporaryFolder()
  const good = (await dkimKey(folder, 'ed25519')).file
  const weak = (await dkimKey(folder, 'rsa', 512)).file
  const noKey = path.join(folder, 'no-key.pem')
  await writeFile(noKey, 'hello')
  const problems = (DKIM_SELECTOR: string, DKIM_KEY_FILE: string) => {
    try {
      readConfig({ DKIM_SELECTOR, DKIM_KEY_FILE })
      return []
    } catch (error) {
      return (error as ConfigError).problems
    }
  }
  expect(problems('a', good)).toEqual([])
  expect(problems('a,b', good)[0]).toMatch(/^DKIM_KEY_FILE: .*2 in DKIM_SELECTOR and 1 in DKIM_KEY_FILE/)
  expect(problems('', good)[0]).toMatch(/^DKIM_SELECTOR: /)
  expect(problems('a', path.join(folder, 'nothing.pem'))[0]).toMatch(
    /^DKIM_KEY_FILE: .*cannot be read \(ENOENT\)/,
  )
  expect(problems('a', weak)[0]).toMatch(/512 bits/)
  expect(problems('a', noKey)[0]).toMatch(/private key in PEM/)
  expect(problems('a,a', `${good},${good}`)[0]).toMatch(/twice/)
  expect(problems('a b', good)[0]).toMatch(/^DKIM_SELECTOR: /)
})
