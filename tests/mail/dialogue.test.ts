import { describe, expect, test } from 'vitest'
import { openPost, send } from '../support/relays-of.js'
import { scriptedRelay } from '../support/scripted-relay.js'
import { stubbornRelay } from '../support/stubborn-relay.js'

const mail = Buffer.from('From: a@paper.example\r\nSubject: s\r\n\r\nWords.\r\n')
const large = Buffer.concat([mail, Buffer.alloc(24 * 1024 * 1024, 'a line of text that is not long\r\n')])
const [one, two] = ['one@example.org', 'two@example.org']

const envelope = (to: string) => [`MAIL FROM:<news@paper.example>`, `RCPT TO:<${to}>`, 'DATA']
const singly = '250-relay\r\n250 8BITMIME'

describe('what a relay is told', () => {
  test.each([
    ['in one piece', false],
    ['byte by byte', true],
  ])(
    'sender, recipient and DATA at once where it takes groups, whose answers come %s',
    async (_how, slowly) => {
      const relay = await scriptedRelay('', { slowly })
      const post = await openPost([relay.url])
      for (const to of [one, two])
        expect(await send(post, to, mail)).toMatchObject({ kind: 'accepted', response: '250 2.0.0 taken' })
      expect(relay.pieces).toEqual([envelope(one), envelope(two)])
      expect(relay.texts).toEqual([`${mail}`, `${mail}`])
      expect(relay.connections).toBe(1)
    },
  )

  test('one after the other where it takes no groups', async () => {
    const relay = await scriptedRelay()
    relay.says.EHLO = singly
    expect(await send(await openPost([relay.url]), one, mail)).toMatchObject({ kind: 'accepted' })
    expect(relay.pieces).toEqual(envelope(one).map(command => [command]))
    expect(relay.texts).toEqual([`${mail}`])
  })

  test('how large a mail is, where it wants to know; one that is too large is not offered', async () => {
    const relay = await scriptedRelay()
    relay.says.EHLO = '250-relay\r\n250-SIZE 100000\r\n250 PIPELINING'
    const post = await openPost([relay.url])
    expect(await send(post, one, large)).toMatchObject({ kind: 'refused', of: 'mail' })
    expect(relay.pieces).toEqual([])
    expect(await send(post, one, mail)).toMatchObject({ kind: 'accepted' })
    expect(relay.pieces[0]?.[0]).toBe(`MAIL FROM:<news@paper.example> SIZE=${mail.length}`)
  })

  test('that an address goes beyond ASCII', async () => {
    const relay = await scriptedRelay()
    expect(await send(await openPost([relay.url]), 'jörg@example.org', mail)).toMatchObject({
      kind: 'accepted',
    })
    expect(relay.pieces[0]?.[0]).toBe('MAIL FROM:<news@paper.example> SMTPUTF8')
  })

  test.each([
    'a@example.org>\r\nRCPT TO:<b@example.org',
    'a@example.org> NOTIFY=NEVER',
    'a\r@example.org',
    'a\nb',
  ])('no command by way of an address: %j', async to => {
    const relay = await scriptedRelay()
    const post = await openPost([relay.url])
    expect(await send(post, to, mail)).toMatchObject({ kind: 'refused', of: 'recipient' })
    const lane = await post.lane()
    expect(await lane.send({ from: to, to: one }, mail)).toMatchObject({ kind: 'later' })
    lane.release()
    expect(relay.pieces).toEqual([])
  })

  test.each([
    ['.\r\n', 1],
    ['..\r\n', 100_000],
    ['a\r\n.\r\n.b\r\n', 50_000],
    ['no line end', 1],
  ])('lines that begin with dots, whole: %j, %i times', async (lines, times) => {
    const relay = await stubbornRelay()
    const text = lines.repeat(times)
    expect(await send(await openPost([relay.url]), one, Buffer.from(text))).toMatchObject({
      kind: 'accepted',
    })
    expect(relay.raw[0]).toBe(text.endsWith('\n') ? text : `${text}\r\n`)
  })
})

describe('a relay that refuses', () => {
  const noUser = '550 5.1.1 no such user'

  test('the recipient, and takes a text all the same, gets a lone dot, and the next mail', async () => {
    const relay = await scriptedRelay()
    const post = await openPost([relay.url])
    relay.says = { RCPT: noUser, '.': '554 5.5.1 no recipients' }
    expect(await send(post, one, mail)).toEqual(
      expect.objectContaining({ kind: 'refused', of: 'recipient', reason: noUser }),
    )
    relay.says = {}
    expect(await send(post, two, mail)).toMatchObject({ kind: 'accepted' })
    expect(relay.pieces).toEqual([envelope(one), ['.'], envelope(two)])
    expect(relay.texts).toEqual(['', `${mail}`])
    expect(relay.connections).toBe(1)
  })

  test.each([
    [
      'the recipient',
      { RCPT: noUser, DATA: '503 5.5.1 no recipients' },
      { kind: 'refused', of: 'recipient' },
    ],
    [
      'the sender',
      { MAIL: '550 5.7.1 who are you', RCPT: '503 no', DATA: '503 no' },
      { kind: 'later', of: 'relay', reason: '550 5.7.1 who are you' },
    ],
    ['the text', { DATA: '451 4.3.0 busy' }, { kind: 'later', of: 'relay', reason: '451 4.3.0 busy' }],
    [
      'at some length',
      { RCPT: '550-5.1.1 no such user,\r\n550 5.1.1 neither J\u00f6rg', DATA: '503 no' },
      { kind: 'refused', reason: '550-5.1.1 no such user,\n550 5.1.1 neither J\u00f6rg' },
    ],
  ])('%s is told to forget it, and gets the next mail', async (_what, says, outcome) => {
    const relay = await scriptedRelay()
    const post = await openPost([relay.url])
    relay.says = says
    expect(await send(post, one, mail)).toMatchObject(outcome)
    relay.says = {}
    expect(await send(post, two, mail)).toMatchObject({ kind: 'accepted' })
    expect(relay.pieces).toEqual([envelope(one), ['RSET'], envelope(two)])
    expect(relay.texts).toEqual([`${mail}`])
    expect(relay.connections).toBe(1)
  })

  test.each([
    ['the sender, and takes a text all the same', { MAIL: '550 5.7.1 no' }, { kind: 'later', of: 'relay' }],
    ['to forget a sender', { RCPT: noUser, DATA: '503 no', RSET: '500 what' }, { kind: 'refused' }],
    ['all from the first on', { MAIL: '421 4.7.0 later', RCPT: 'drop' }, { kind: 'later', of: 'relay' }],
    [
      'all in the middle of a group, and says no more',
      { RCPT: '421 4.7.0 later', DATA: 'stall' },
      { kind: 'later', of: 'relay', reason: '421 4.7.0 later' },
    ],
    ['all after the text', { '.': '421 4.3.2 shutting down' }, { kind: 'later', of: 'relay' }],
    ['by a stall in the middle of a group', { DATA: 'stall' }, { kind: 'later', of: 'relay' }],
    ['by hanging up in the middle of a group', { RCPT: 'drop' }, { kind: 'later', of: 'relay' }],
    ['in words that are no SMTP', { MAIL: 'HTTP/1.1 400 Bad Request' }, { kind: 'later', of: 'relay' }],
    ['without an end', { MAIL: '550-no\r\n'.repeat(20_000) }, { kind: 'later', of: 'relay' }],
  ])('%s loses the connection, and nobody has the mail', async (_what, says, outcome) => {
    const relay = await scriptedRelay('?timeout=1')
    const post = await openPost([relay.url])
    relay.says = { text: 'drop', ...says }
    if ('.' in says) relay.says.text = ''
    expect(await send(post, one, mail)).toMatchObject(outcome)
    expect(post.relays()[0]?.connections.open).toBe(0)
    const { length } = relay.texts
    relay.says = {}
    expect(await send(post, two, mail)).toMatchObject({ kind: 'accepted' })
    expect(relay.texts.slice(length)).toEqual([`${mail}`])
    expect(relay.connections).toBe(2)
  })

  test('in the middle of a mail: nobody has it, and the rest is not taken for commands', async () => {
    for (const text of ['250 2.0.0 taken', '552 5.3.4 too big', '421 4.3.2 shutting down']) {
      const relay = await scriptedRelay()
      const post = await openPost([relay.url])
      relay.says = { text }
      expect(await send(post, one, large)).not.toMatchObject({ kind: 'accepted' })
      relay.says = {}
      expect(await send(post, two, mail)).toMatchObject({ kind: 'accepted' })
      expect(relay.texts).toEqual([`${mail}`])
      expect(relay.connections).toBe(2)
    }
  })
})

describe('a connection that is lost', () => {
  test.each(['421 4.4.2 idle for too long', '250 what nobody asked for'])(
    'between two mails, in words (%s): the next goes over a new one',
    async words => {
      const relay = await scriptedRelay()
      const post = await openPost([relay.url])
      await send(post, one, mail)
      await relay.interject(words)
      await expect.poll(() => post.relays()[0]?.connections.open).toBe(0)
      expect(await send(post, two, mail)).toMatchObject({ kind: 'accepted' })
      expect(relay.texts).toHaveLength(2)
      expect(relay.connections).toBe(2)
    },
  )

  test('in the middle of a mail: nobody has it', async () => {
    const relay = await scriptedRelay()
    relay.says.text = 'drop'
    expect(await send(await openPost([relay.url]), one, large)).toMatchObject({ kind: 'later', of: 'relay' })
  })

  test.each(['drop', 'stall'])('%s after its last byte: it is unknown', async what => {
    const relay = await scriptedRelay('?timeout=1')
    relay.says['.'] = what
    expect(await send(await openPost([relay.url]), one, mail)).toMatchObject({ kind: 'unknown' })
    expect(relay.texts).toEqual([`${mail}`])
  })
})
