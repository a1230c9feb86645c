import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ConfigError, readConfig } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { AllResting, type Post } from '../../src/mail/index.js'
import { verdict } from '../../src/mail/relays/verdict.js'
import { movableClock, temporaryFolder } from '../support/press.js'
import { freePort } from '../support/program.js'
import { openPost, send as sendMail } from '../support/relays-of.js'
import { stubbornRelay } from '../support/stubborn-relay.js'

const mail = Buffer.from('From: a@paper.example\r\nSubject: s\r\n\r\n.a line that begins with a dot\r\n')
const large = Buffer.concat([mail, Buffer.alloc(24 * 1024 * 1024, 'a line of text that is not long\r\n')])

const send = (post: Post, to = 'reader@example.org', message = mail) => sendMail(post, to, message)

describe('what becomes of a mail', () => {
  test('accepted, with the relay’s own words, over one connection that is kept', async () => {
    const relay = await stubbornRelay()
    const post = await openPost([relay.url])
    for (const to of ['a@example.org', 'b@example.org', 'c@example.org'])
      expect(await send(post, to)).toMatchObject({ kind: 'accepted', relay: relay.name, response: /^250 / })
    expect(relay.taken).toEqual(['a@example.org', 'b@example.org', 'c@example.org'])
    expect(relay.raw[0]).toBe(mail.toString())
    expect(relay.connections).toBe(1)
  })

  test.each([
    ['greeting', '554 5.7.1 banned', { kind: 'later', of: 'relay' }],
    ['sender', '451 4.3.0 busy', { kind: 'later', of: 'relay' }],
    ['sender', '550 5.7.1 who are you', { kind: 'later', of: 'relay' }],
    ['recipient', '450 4.2.1 mailbox busy', { kind: 'later', of: 'recipient' }],
    ['recipient', '450 4.7.1 too fast', { kind: 'later', of: 'relay' }],
    ['recipient', '421 4.7.0 come back', { kind: 'later', of: 'relay' }],
    ['recipient', '550 5.1.1 no such user', { kind: 'refused', of: 'recipient' }],
    ['recipient', '550 5.7.1 blocked', { kind: 'refused', of: 'relay' }],
    ['end', '452 4.2.2 mailbox full', { kind: 'later', of: 'recipient' }],
    ['end', '451 4.7.1 slow down', { kind: 'later', of: 'relay' }],
    ['end', '552 5.3.4 too big', { kind: 'refused', of: 'mail' }],
    ['sender', 'drop', { kind: 'later', of: 'relay' }],
    ['recipient', 'drop', { kind: 'later', of: 'relay' }],
    ['recipient', 'stall', { kind: 'later', of: 'relay' }],
    ['end', 'drop', { kind: 'unknown' }],
    ['end', 'stall', { kind: 'unknown' }],
  ] as const)('at the %s: %s', async (stage, mood, outcome) => {
    const relay = await stubbornRelay('?timeout=1')
    const post = await openPost([relay.url])
    relay.mood[stage] = mood
    if (stage === 'greeting') return expect(send(post)).rejects.toThrow(AllResting)
    const found = await send(post)
    expect(found).toMatchObject(outcome)
    if (/^\d/.test(mood)) expect((found as { reason: string }).reason).toContain(mood)
    relay.mood = {}
    expect(await send(post, 'next@example.org')).toMatchObject({ kind: 'accepted' })
    expect(relay.taken).toEqual(['next@example.org'])
  })

  test.each(['drop', 'stall'] as const)('%s in the middle of it: nobody can have the mail', async mood => {
    const relay = await stubbornRelay('?timeout=1')
    const post = await openPost([relay.url])
    relay.mood.middle = mood
    expect(await send(post, undefined, large)).toMatchObject({ kind: 'later', of: 'relay' })
  })

  test('a relay that hung up between two mails is connected to once more, and nobody is told', async () => {
    const relay = await stubbornRelay()
    const post = await openPost([relay.url])
    await send(post, 'a@example.org')
    const lane = await post.lane()
    relay.hangUp()
    expect(await lane.send({ from: '', to: 'b@example.org' }, mail)).toMatchObject({ kind: 'accepted' })
    lane.release()
    expect(relay.taken).toEqual(['a@example.org', 'b@example.org'])
    expect(relay.connections).toBe(2)
  })

  test('an address beyond ASCII is refused in words when the relay does not take such', async () => {
    const relay = await stubbornRelay('', { hideSMTPUTF8: true })
    const outcome = await send(await openPost([relay.url]), 'jörg@example.org')
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('SMTPUTF8') })
    const willing = await stubbornRelay()
    expect(await send(await openPost([willing.url]), 'jörg@example.org')).toMatchObject({ kind: 'accepted' })
  })

  test('a mail larger than the relay says it takes is refused', async () => {
    const relay = await stubbornRelay('', { size: 1_000_000 })
    expect(await send(await openPost([relay.url]), undefined, large)).toMatchObject({ kind: 'refused' })
  })

  test.each([
    [550, 'no such user', 'refused', 'recipient'],
    [554, '5.6.0 no such content', 'refused', 'mail'],
    [550, '5.4.1 no route', 'refused', 'recipient'],
    [554, '5.7.1 Client host blocked using a blocklist', 'refused', 'relay'],
    [550, 'your address is on a blacklist', 'refused', 'relay'],
    [554, 'Relay access denied', 'refused', 'relay'],
    [530, '5.7.0 sign in first', 'refused', 'relay'],
    [451, '4.7.1 Greylisted, come back in 5 minutes', 'later', 'recipient'],
    [451, 'local error', 'later', 'relay'],
    [452, 'insufficient storage', 'later', 'recipient'],
    [454, 'too many connections', 'later', 'relay'],
  ] as const)('%i %s is %s, of the %s', (code, words, kind, of) => {
    expect(verdict({ stage: 'recipient', code, reason: `${code} ${words}`, handed: false })).toEqual({
      kind,
      of,
    })
  })
})

describe('several relays', () => {
  test('the next takes over from one that cannot be reached, and the first is asked again after its rest', async () => {
    const { clock, advance } = movableClock()
    const [first, second] = [await stubbornRelay(), await stubbornRelay()]
    first.mood.greeting = '554 banned'
    const post = await openPost([first.url, second.url], { clock })
    expect(await send(post)).toMatchObject({ kind: 'accepted', relay: second.name })
    expect(post.relays()[0]?.resting).toEqual({
      until: new Date(clock().getTime() + 30_000),
      reason: expect.stringContaining('banned'),
    })
    first.mood = {}
    expect(await send(post)).toMatchObject({ relay: second.name })
    advance(30_000)
    expect(await send(post)).toMatchObject({ kind: 'accepted', relay: first.name })
  })

  test.each(['450 4.7.1 too fast', '421 4.7.0 later', '550 5.7.1 blocked'])(
    'after “%s” the next is asked',
    async mood => {
      const [first, second] = [await stubbornRelay(), await stubbornRelay()]
      const post = await openPost([first.url, second.url])
      first.mood.recipient = mood
      expect(await send(post)).toMatchObject({ kind: 'later', of: 'relay', relay: first.name })
      expect(await send(post)).toMatchObject({ kind: 'accepted', relay: second.name })
    },
  )

  test('rests grow to an hour while nothing is accepted, and all resting says until when', async () => {
    const { clock, advance } = movableClock()
    const relay = `127.0.0.1:${await freePort()}`
    const post = await openPost([`smtp://${relay}`], { clock })
    const lengths: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const resting = await send(post).catch((error: unknown) => error)
      expect(resting).toBeInstanceOf(AllResting)
      const { until, message } = resting as AllResting
      expect(message).toContain(`${relay}: `)
      lengths.push((until.getTime() - clock().getTime()) / 1_000)
      advance(until.getTime() - clock().getTime())
    }
    expect(lengths).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
  })

  test('a single relay rests after three refusals of its own in a row, and no sooner', async () => {
    const relay = await stubbornRelay()
    const post = await openPost([relay.url])
    relay.mood.recipient = '421 4.7.0 later'
    await send(post)
    await send(post)
    relay.mood = {}
    await send(post)
    relay.mood.recipient = '421 4.7.0 later'
    for (let times = 0; times < 3; times += 1) await send(post)
    await expect(send(post)).rejects.toThrow(AllResting)
    post.wakeRelay(relay.name)
    relay.mood = {}
    expect(await send(post)).toMatchObject({ kind: 'accepted' })
  })

  test('a relay that must encrypt and does not gets nothing, and the next takes over', async () => {
    const first = await stubbornRelay('?require-tls=1', { disabledCommands: ['STARTTLS'] })
    const second = await stubbornRelay()
    const post = await openPost([first.url, second.url])
    expect(await send(post)).toMatchObject({ kind: 'accepted', relay: second.name })
    expect(JSON.stringify(post.relays())).toContain('does not encrypt (STARTTLS)')
    expect(first.senders).toEqual([])
  })

  test('a wrong password rests a relay for an hour', async () => {
    const { clock } = movableClock()
    const relay = await stubbornRelay('', { credentials: 'paper:wrong@' })
    relay.mood.auth = '535 5.7.8 no'
    const post = await openPost([relay.url], { clock })
    await expect(send(post)).rejects.toThrow(AllResting)
    expect(post.relays()[0]?.resting?.until).toEqual(new Date(clock().getTime() + 3_600_000))
    expect(JSON.stringify(post.relays())).not.toContain('wrong')
  })
})

describe('what a relay may be given', () => {
  test('no more connections than it may have, and mail that somebody waits for goes first', async () => {
    const relay = await stubbornRelay('?connections=2')
    const post = await openPost([relay.url])
    expect(post.width).toBe(2)
    const held = [await post.lane(), await post.lane()]
    const order: string[] = []
    const waiting = [post.lane().then(lane => order.push('issue') && lane.release())]
    waiting.push(post.lane({ first: true }).then(lane => order.push('sign-in link') && lane.release()))
    expect(post.relays()[0]?.connections).toEqual({ busy: 2, open: 2, most: 2 })
    held[0]?.release()
    await Promise.all(waiting)
    held[1]?.release()
    expect(order).toEqual(['sign-in link', 'issue'])
    expect(relay.connections).toBe(2)
  })

  test('a day’s share is kept across a restart, and begins anew at midnight UTC', async () => {
    const { clock, advance } = movableClock()
    const folder = await temporaryFolder()
    const [first, second] = [await stubbornRelay('?per-day=3'), await stubbornRelay()]
    const post = await openPost([first.url, second.url], { folder, clock })
    await send(post)
    await send(post)
    await post.close()
    const again = await openPost([first.url, second.url], { folder, clock })
    expect(await send(again)).toMatchObject({ relay: first.name })
    expect(await send(again)).toMatchObject({ relay: second.name })
    expect(again.relays()[0]).toMatchObject({
      sentToday: 3,
      resting: { until: new Date('2021-01-05T00:00:00Z') },
    })
    advance(12 * 3_600_000)
    expect(await send(again)).toMatchObject({ relay: first.name })
  })

  test('of a large share a little is left for mail that somebody waits for', async () => {
    const relay = await stubbornRelay('?per-day=1000')
    const folder = await temporaryFolder()
    const db = openSqlite(path.join(folder, 'site.db'))
    await (await openPost([relay.url], { folder })).close()
    await db.run(sql`insert into relay_days (relay, day, sent) values (${relay.name}, '2021-01-04', 990)`)
    await db.close()
    const post = await openPost([relay.url], { folder })
    await expect(post.lane()).rejects.toThrow(AllResting)
    const lane = await post.lane({ first: true })
    expect(await lane.send({ from: '', to: 'a@example.org' }, mail)).toMatchObject({ kind: 'accepted' })
    lane.release()
  })

  test('a rate per minute is kept without a burst', async () => {
    const relay = await stubbornRelay('?per-minute=600')
    const post = await openPost([relay.url])
    const started = performance.now()
    await Promise.all(Array.from({ length: 16 }, () => send(post)))
    // One second's worth, ten, may go at once; the other six follow every 100 ms.
    expect(performance.now() - started).toBeGreaterThanOrEqual(590)
    expect(relay.taken).toHaveLength(16)
  })
})

describe('SMTP_URL', () => {
  const problems = (SMTP_URL: string) => {
    try {
      readConfig({ SMTP_URL })
      return ''
    } catch (error) {
      return (error as ConfigError).problems.join()
    }
  }

  test('is read with all its parameters', () => {
    const url =
      'smtps://paper:s%2Cecret@[::1]?connections=3&per-minute=60&per-day=500&timeout=9&rest=5&insecure=1,smtp://relay.example'
    expect(readConfig({ SMTP_URL: url }).relays).toEqual([
      {
        ...{
          name: '[::1]:465',
          host: '::1',
          port: 465,
          secure: true,
          auth: { user: 'paper', pass: 's,ecret' },
        },
        ...{ connections: 3, perMinute: 60, perDay: 500, timeout: 9, rest: 5 },
        tls: { ignore: false, required: false, insecure: true },
      },
      expect.objectContaining({ name: 'relay.example:587', connections: 10, timeout: 60, perDay: undefined }),
    ])
  })

  test('what goes over a wire is encrypted, unless the operator says that it need not be', () => {
    const required = (url: string) => {
      const [relay] = readConfig({ SMTP_URL: url }).relays
      return relay?.secure || relay?.tls.required
    }
    expect(['smtps://relay.example', 'smtp://relay.example', 'smtp://10.0.0.7:25'].map(required)).toEqual([
      ...[true, true, true],
    ])
    expect(['smtp://127.0.0.1:25', 'smtp://[::1]', 'smtp://localhost'].map(required)).toEqual([
      ...[false, false, false],
    ])
    expect(['smtp://relay.example?require-tls=0', 'smtp://relay.example?ignore-tls=1'].map(required)).toEqual(
      [false, false],
    )
    expect(required('smtp://localhost?require-tls=1')).toBe(true)
  })

  test.each([
    ['http://relay.example', 'must be one or more smtp://'],
    ['smtp://u:geheim@relay.example?conections=3', 'unknown parameter conections'],
    ['smtp://u:geheim@relay.example?connections=many', 'connections'],
    ['smtp://u:geheim@relay.example?per-day=0', 'per-day'],
    ['smtp://u:gehe%im@relay.example', 'percent sign'],
    ['smtp://relay.example,smtp://relay.example:587', 'twice'],
  ])('%s is a problem that is said without the password', (url, said) => {
    expect(problems(url)).toContain(said)
    expect(problems(url)).toMatch(/^SMTP_URL: /)
    expect(problems(url)).not.toContain('gehe')
  })
})
