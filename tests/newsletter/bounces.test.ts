import { describe, expect, test } from 'vitest'
import { aReader, cameBack, issues, mailFrom } from '../support/bounces.js'
import { movableClock, openPress } from '../support/press.js'

const DAY = 86_400_000
const environment = { SITE_URL: 'https://news.example', MAIL_FROM: mailFrom }

async function newsroom() {
  const { clock, advance } = movableClock()
  const press = await openPress(environment, { clock })
  await issues(press, 1, 2, 3, 4)
  return { press, reader: await aReader(press), advance, bounces: press.newsletter.bounces }
}

const byCommand = { source: 'command' } as const

describe('what a report changes', () => {
  test('a hard bounce suppresses the address at once, and the reader shows why', async () => {
    const { reader, bounces, press } = await newsroom()
    const taken = await bounces.takeReport(cameBack('failed-unknown-user', { tag: reader.tag(1) }), byCommand)
    expect(taken).toEqual({ kind: 'hard', decision: 'suppressed', matched: true, repeated: false })
    expect(await reader.state()).toEqual({ status: 'active', suppressed: 'hard-bounce' })
    expect(await reader.consents()).toContain('suppressed')
    const [bounce] = await bounces.of(reader.id)
    expect(bounce).toMatchObject({ issueId: 'issue-1', code: '5.1.1', nature: 'failed', source: 'command' })
    expect(bounce?.raw).toContain('Diagnostic-Code: smtp; 550 5.1.1')
    expect(await press.newsletter.suppressions.of(press.db, reader.email)).toMatchObject({
      reason: 'hard-bounce',
      detail: expect.stringContaining('5.1.1 550 5.1.1'),
    })
  })

  test('soft bounces suppress after the third mail within 30 days', async () => {
    const { reader, bounces, advance } = await newsroom()
    const soft = (issue: number) =>
      bounces.takeReport(cameBack('soft-mailbox-full', { tag: reader.tag(issue) }), byCommand)
    expect(await soft(1)).toMatchObject({ decision: 'counted' })
    advance(14 * DAY)
    expect(await soft(2)).toMatchObject({ decision: 'counted' })
    advance(17 * DAY)
    // The first is 31 days old by now.
    expect(await soft(3)).toMatchObject({ decision: 'counted' })
    expect(await reader.state()).toMatchObject({ suppressed: null })
    expect(await soft(4)).toMatchObject({ decision: 'suppressed' })
    expect(await reader.state()).toMatchObject({ suppressed: 'soft-bounces' })
  })

  test('the same mail counts once, however often it comes back', async () => {
    const { reader, bounces } = await newsroom()
    const again = () => bounces.takeReport(cameBack('soft-mailbox-full', { tag: reader.tag(1) }), byCommand)
    expect(await again()).toMatchObject({ repeated: false })
    for (let round = 0; round < 3; round += 1) expect(await again()).toMatchObject({ repeated: true })
    const full = cameBack('soft-expired', { tag: reader.tag(1) })
    expect(await bounces.takeReport(full, byCommand)).toMatchObject({ repeated: true })
    expect(await reader.state()).toMatchObject({ suppressed: null })
    expect(await bounces.of(reader.id)).toHaveLength(1)
  })

  test('softness of before counts no more once an editor took the address off the list', async () => {
    const { reader, bounces, press, advance } = await newsroom()
    const soft = (issue: number) =>
      bounces.takeReport(cameBack('soft-mailbox-full', { tag: reader.tag(issue) }), byCommand)
    for (const issue of [1, 2, 3]) await soft(issue)
    advance(1_000)
    await press.db.transaction(tx =>
      press.newsletter.suppressions.lift(tx, reader.email, 'The mailbox is empty.'),
    )
    advance(1_000)
    expect(await soft(4)).toMatchObject({ decision: 'counted' })
    expect(await reader.state()).toMatchObject({ suppressed: null })
  })

  test.each([
    ['arf-abuse', 'tag'],
    ['arf-fraud', 'link'],
  ])('a complaint (%s, known by the %s inside) suppresses and unsubscribes at once', async (name, by) => {
    const { reader, bounces } = await newsroom()
    const raw = cameBack(name, by === 'tag' ? { tag: reader.tag(2) } : { link: reader.link() })
    expect(await bounces.takeReport(raw, byCommand)).toMatchObject({
      kind: 'complaint',
      decision: 'suppressed',
    })
    expect(await reader.state()).toEqual({ status: 'unsubscribed', suppressed: 'complaint' })
    expect(await reader.consents()).toEqual(expect.arrayContaining(['suppressed', 'unsubscribed']))
  })

  test.each([
    'arf-not-spam',
    'delayed',
    'relayed',
    'delivered',
    'expanded',
    'vacation-english',
    'receipt',
    'quoted-bounce',
    'challenge',
    'exim-delayed',
  ])('%s is noted and changes nothing', async name => {
    const { reader, bounces } = await newsroom()
    const raw = cameBack(name, { tag: reader.tag(1) })
    expect(await bounces.takeReport(raw, byCommand)).toMatchObject({
      kind: 'other',
      decision: 'noted',
      matched: true,
    })
    expect(await reader.state()).toEqual({ status: 'active', suppressed: null })
  })

  test('somebody who never confirmed is suppressed by the bounce of the mail that asked', async () => {
    const { reader, bounces } = await newsroom()
    const taken = await bounces.takeReport(cameBack('failed-domain-gone', { tag: reader.tag(0) }), byCommand)
    expect(taken).toMatchObject({ decision: 'suppressed' })
    expect((await bounces.of(reader.id))[0]).toMatchObject({ issueId: null })
  })

  test('a relay that refuses an address is read like a report', async () => {
    const { reader, bounces, press } = await newsroom()
    const refuse = (issueId: string, reason: string) =>
      press.db.transaction(tx => bounces.onRefused(tx, { readerId: reader.id, issueId, reason }))
    await refuse('issue-1', '550 Requested action not taken')
    expect(await reader.state()).toMatchObject({ suppressed: null })
    await refuse('issue-2', '550 5.7.1 Blocked by our policy')
    expect(await reader.state()).toMatchObject({ suppressed: null })
    await refuse('issue-2', '550 5.1.1 <reader@mailhost.example>: User unknown')
    expect(await reader.state()).toMatchObject({ suppressed: 'hard-bounce' })
    expect((await bounces.of(reader.id)).map(({ kind, source }) => [kind, source])).toEqual(
      expect.arrayContaining([
        ['hard', 'relay'],
        ['soft', 'relay'],
      ]),
    )
  })
})

describe('who is believed', () => {
  test('a report that only names an address suppresses nobody: anybody could write it', async () => {
    const { reader, bounces } = await newsroom()
    const forged = [
      cameBack('failed-unknown-user', { tag: 'a'.repeat(56) }),
      cameBack('failed-unknown-user', {
        tag: reader
          .tag(1)
          .replace(/.$/, last => (last === 'a' ? 'b' : 'a'))
          .replace(/^./, 'z'),
      }),
      cameBack('arf-abuse', { link: 'a'.repeat(43) }),
      cameBack('arf-abuse', { link: reader.tokens.link('preferences', reader.id) }),
    ]
    for (const raw of forged)
      expect(await bounces.takeReport(raw, byCommand)).toMatchObject({ matched: false, decision: 'noted' })
    expect(await reader.state()).toEqual({ status: 'active', suppressed: null })
    expect((await bounces.page({})).bounces).toHaveLength(4)
  })

  test('the address that the report came to is enough, in capitals too', async () => {
    const { reader, bounces } = await newsroom()
    const raw = cameBack('qmail-unknown', { tag: 'gone' })
    const taken = await bounces.takeReport(raw, {
      source: 'smtp',
      envelopeTo: reader.returnPath(1).toUpperCase(),
    })
    expect(taken).toMatchObject({ kind: 'hard', matched: true, decision: 'suppressed' })
  })

  test('of a reader who was erased nothing is written down again', async () => {
    const { reader, bounces, press } = await newsroom()
    const raw = cameBack('failed-unknown-user', { tag: reader.tag(1) })
    const page = `/newsletter/preferences/${reader.tokens.link('preferences', reader.id)}/erasure`
    const erased = await press.http.inject({ method: 'POST', url: page })
    expect(erased.statusCode).toBe(200)
    expect(await bounces.takeReport(raw, byCommand)).toMatchObject({ matched: false })
    expect(JSON.stringify((await bounces.page({})).bounces)).not.toContain('reader@')
  })
})
