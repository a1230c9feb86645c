import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import nodemailer from 'nodemailer'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { messagesIn } from '../../src/newsletter/bounces/mailbox.js'
import { aReader, cameBack, issues, mailFrom, relaysAccess } from '../support/bounces.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { freePort, run, serveProgram } from '../support/program.js'

const environment = { SITE_URL: 'https://news.example', MAIL_FROM: mailFrom }

/** Hands a message over by SMTP. @returns the server's answer */
async function handOver(port: number, to: string, raw: Buffer): Promise<string> {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    secure: false,
    ignoreTLS: true,
  } as never)
  try {
    const { response } = await transport.sendMail({ envelope: { from: '', to }, raw } as never)
    return response
  } catch (error) {
    return (error as { response?: string }).response ?? String(error)
  } finally {
    transport.close()
  }
}

async function listening(environmentMore: Record<string, string> = {}) {
  const port = await freePort()
  const press = await openPress({ ...environment, BOUNCE_LISTEN: `127.0.0.1:${port}`, ...environmentMore })
  await press.http.listen({ port: 0, host: '127.0.0.1' })
  await issues(press, 1)
  return { press, port, reader: await aReader(press) }
}

describe('by SMTP', () => {
  test('a bounce to a return path is taken, and mail to anybody else is refused', async () => {
    const { press, port, reader } = await listening()
    const report = cameBack('failed-unknown-user', { tag: 'x' })
    for (const to of [
      mailFrom,
      'friend@elsewhere.example',
      `press+${'a'.repeat(56)}@news.example`,
      reader.returnPath(1).replace('news.example', 'elsewhere.example'),
    ])
      expect(await handOver(port, to, report)).toMatch(/^550 5\.1\.1/)
    expect((await press.newsletter.bounces.page({})).bounces).toEqual([])
    expect(await handOver(port, reader.returnPath(1), report)).toMatch(/^250 /)
    expect(await reader.state()).toMatchObject({ suppressed: 'hard-bounce' })
    expect(await press.newsletter.bounces.of(reader.id)).toMatchObject([
      { source: 'smtp', issueId: 'issue-1' },
    ])
  })

  test('what is larger than a bounce is refused, and while the database does not answer its sender is told to try again', async () => {
    const { press, port, reader } = await listening()
    const huge = Buffer.concat([cameBack('failed-unknown-user'), Buffer.alloc(1_200_000, 'x\n')])
    expect(await handOver(port, reader.returnPath(1), huge)).toMatch(/^552 /)
    await press.db.run(sql`drop table lifted_suppressions`)
    await press.db.run(sql`alter table bounces rename to bounces_away`)
    expect(await handOver(port, reader.returnPath(1), cameBack('failed-unknown-user'))).toMatch(
      /^451 4\.3\.0/,
    )
    expect(await reader.state()).toMatchObject({ suppressed: null })
  })

  test('what was answered with yes is kept when the program is killed right after', async () => {
    const dataDir = await temporaryFolder()
    const before = await openPress({ ...environment, DATA_DIR: dataDir })
    await issues(before, 1)
    const reader = await aReader(before)
    await before.http.close()
    const port = await freePort()
    const program = await serveProgram({
      ...environment,
      DATA_DIR: dataDir,
      BOUNCE_LISTEN: `127.0.0.1:${port}`,
    })
    expect(await handOver(port, reader.returnPath(1), cameBack('failed-unknown-user'))).toMatch(/^250 /)
    program.child.kill('SIGKILL')
    await once(program.child, 'exit')
    const db = openSqlite(path.join(dataDir, 'site.db'))
    expect(await db.all(sql`select kind, decision from bounces limit 5`)).toEqual([
      { kind: 'hard', decision: 'suppressed' },
    ])
    expect(await db.get(sql`select suppressed from subscribers where id = ${reader.id}`)).toEqual({
      suppressed: 'hard-bounce',
    })
    await db.close()
  })
})

describe('from files', () => {
  const all = async (place: string, standardInput: Buffer[] = []) => {
    const found: string[] = []
    for await (const raw of messagesIn(place, chunks(standardInput))) found.push(raw.toString())
    return found
  }
  async function* chunks(list: Buffer[]) {
    yield* list
  }

  test('a mailbox comes apart at its seams, whichever way it is cut into chunks', async () => {
    const text =
      'From a@b Mon\nSubject: 1\n\nHello\n>From here\n>>From there\n\nFrom c@d Tue\nSubject: 2\n\nFrom inside\nno seam\n'
    const expected = ['Subject: 1\n\nHello\nFrom here\n>From there\n\n', 'Subject: 2\n\n', 'no seam\n']
    for (const size of [1, 7, 1_000]) {
      const pieces: Buffer[] = []
      for (let at = 0; at < text.length; at += size) pieces.push(Buffer.from(text.slice(at, at + size)))
      expect(await all('-', pieces)).toEqual(expected)
    }
    expect(await all('-', [Buffer.from('Subject: one\n\nFrom the start\n>From\n')])).toEqual([
      'Subject: one\n\nFrom the start\n>From\n',
    ])
    expect(await all('-')).toEqual([])
  })

  test('the command counts what a Maildir, a mailbox and a pipe hold, and reading them again is harmless', async () => {
    const dataDir = await temporaryFolder()
    const press = await openPress({ ...environment, DATA_DIR: dataDir })
    await issues(press, 1, 2)
    const reader = await aReader(press)
    const other = await aReader(press, 'other@mailhost.example')
    await press.http.close()
    const folder = path.join(dataDir, 'Maildir')
    for (const name of ['cur', 'new', 'tmp']) await mkdir(path.join(folder, name), { recursive: true })
    await writeFile(path.join(folder, 'new/1'), cameBack('failed-unknown-user', { tag: reader.tag(1) }))
    await writeFile(path.join(folder, 'cur/2:2,S'), cameBack('vacation-english', { tag: reader.tag(1) }))
    await writeFile(path.join(folder, 'tmp/3'), cameBack('arf-abuse', { tag: other.tag(1) }))
    const box = ['soft-mailbox-full', 'delayed', 'failed-unknown-user'].map((name, index) =>
      Buffer.concat([
        Buffer.from('From MAILER-DAEMON Mon Jan  4 10:00:00 2021\n'),
        cameBack(name, { tag: index < 2 ? other.tag(1) : 'nobody' }),
        Buffer.from('\n\n'),
      ]),
    )
    await writeFile(path.join(dataDir, 'mbox'), Buffer.concat(box))
    const settings = { ...environment, DATA_DIR: dataDir, LOG_LEVEL: 'fatal' }

    const maildir = run(['newsletter', 'bounces', folder], settings)
    expect(await maildir.ended).toBe(0)
    expect(maildir.printed()).toBe(
      '2 messages\n  1 hard\n  0 soft\n  0 complaint\n  1 other\n  1 suppressed\n  0 known\n  0 unmatched\n',
    )
    for (const known of [0, 3]) {
      const mbox = run(['newsletter', 'bounces', path.join(dataDir, 'mbox')], settings)
      expect(await mbox.ended).toBe(0)
      expect(mbox.printed()).toContain(
        '3 messages\n  1 hard\n  1 soft\n  0 complaint\n  1 other\n  0 suppressed\n',
      )
      expect(mbox.printed()).toContain(`  ${known} known\n  1 unmatched\n`)
    }
    const piped = run(['newsletter', 'bounces', '-', '--to', other.returnPath(2)], settings)
    piped.child.stdin?.end(cameBack('qmail-unknown', { tag: 'nobody' }))
    expect(await piped.ended).toBe(0)
    expect(piped.printed()).toContain('1 message\n  1 hard')
    expect(piped.printed()).toContain('1 suppressed')
  })
})

describe('from a relay’s events', () => {
  const open = async () => {
    const press = await openPress(environment)
    await issues(press, 1)
    const { authorization, address } = relaysAccess(press)
    const post = (payload: unknown, headers: Record<string, string> = {}, url = address) =>
      press.http.inject({
        ...{ method: 'POST', url },
        payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
        headers: { 'content-type': 'application/json', authorization, ...headers },
      })
    return { press, post, address, reader: await aReader(press) }
  }

  const sesMessage = {
    notificationType: 'Bounce',
    bounce: {
      ...{ bounceType: 'Permanent', bounceSubType: 'General', feedbackId: 'f-1' },
      bouncedRecipients: [
        {
          emailAddress: 'reader@mailhost.example',
          status: '5.1.1',
          diagnosticCode: 'smtp; 550 5.1.1 user unknown',
        },
      ],
    },
    mail: { source: mailFrom },
  }

  test.each<[string, unknown, string | null]>([
    [
      'our own',
      {
        events: [{ type: 'bounce', email: 'Reader@mailhost.example', code: '5.1.1', reason: 'User unknown' }],
      },
      'hard-bounce',
    ],
    ['our own, a complaint', { type: 'complaint', email: 'reader@mailhost.example' }, 'complaint'],
    ['our own, in doubt', { type: 'bounce', email: 'reader@mailhost.example' }, null],
    [
      'SendGrid',
      [
        { event: 'delivered', email: 'reader@mailhost.example' },
        {
          event: 'bounce',
          type: 'bounce',
          email: 'reader@mailhost.example',
          status: '5.1.1',
          reason: '550 5.1.1 unknown',
          sg_event_id: 'e1',
        },
      ],
      'hard-bounce',
    ],
    [
      'SendGrid, blocked',
      [
        {
          event: 'bounce',
          type: 'blocked',
          email: 'reader@mailhost.example',
          status: '5.7.1',
          reason: 'blocked',
        },
      ],
      null,
    ],
    ['SendGrid, a complaint', [{ event: 'spamreport', email: 'reader@mailhost.example' }], 'complaint'],
    [
      'Postmark',
      {
        RecordType: 'Bounce',
        Type: 'HardBounce',
        Email: 'reader@mailhost.example',
        ID: 42,
        Details: 'smtp;550 5.1.1 no such user',
      },
      'hard-bounce',
    ],
    [
      'Postmark, somebody away',
      { RecordType: 'Bounce', Type: 'AutoResponder', Email: 'reader@mailhost.example', ID: 43 },
      null,
    ],
    [
      'Mailgun',
      {
        signature: {},
        'event-data': {
          event: 'failed',
          severity: 'permanent',
          reason: 'bounce',
          id: 'm1',
          recipient: 'reader@mailhost.example',
          'delivery-status': { code: 550, message: '5.1.1 no such user' },
        },
      },
      'hard-bounce',
    ],
    [
      'Mailgun, full',
      {
        'event-data': {
          event: 'failed',
          severity: 'permanent',
          reason: 'bounce',
          recipient: 'reader@mailhost.example',
          'delivery-status': { code: 552, message: '5.2.2 mailbox full' },
        },
      },
      null,
    ],
    ['SES', sesMessage, 'hard-bounce'],
    ['SES by SNS', { Type: 'Notification', Message: JSON.stringify(sesMessage) }, 'hard-bounce'],
    [
      'SES, not spam',
      {
        notificationType: 'Complaint',
        complaint: {
          complaintFeedbackType: 'not-spam',
          complainedRecipients: [{ emailAddress: 'reader@mailhost.example' }],
        },
        mail: {},
      },
      null,
    ],
  ])('%s', async (_name, payload, suppressed) => {
    const { post, reader } = await open()
    const answer = await post(payload)
    expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining('"matched":1')])
    expect(await reader.state()).toMatchObject({ suppressed })
    await post(payload)
    expect((await reader.consents()).filter(event => event === 'suppressed')).toHaveLength(suppressed ? 1 : 0)
  })

  test('a return path names the reader and the issue, whatever the address says', async () => {
    const { post, press, reader } = await open()
    await post({
      type: 'hard',
      email: 'somebody@else.example',
      return_path: reader.returnPath(1),
      reason: 'gone',
    })
    expect(await press.newsletter.bounces.of(reader.id)).toMatchObject([
      { issueId: 'issue-1', source: 'webhook', kind: 'hard' },
    ])
  })

  test('a relay proves itself by a password in the head; the address tells nothing, but where an earlier version gave one that does', async () => {
    const { press, post, reader } = await open()
    const { address, authorization } = relaysAccess(press)
    const { password } = new URL(press.newsletter.eventsAddress)
    expect(address).toBe('/newsletter/events')
    expect(password).toMatch(/^[\w-]{32}$/)
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    const complaint = { type: 'complaint', email: reader.email }
    for (const head of [
      { authorization: '' },
      basic('relay:'),
      basic(`relay:${password.slice(1)}x`),
      basic(`${password}:relay`),
      { authorization: authorization.replace('Basic', 'Bearer') },
    ]) {
      const refused = await post(complaint, head)
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="relays"'])
      expect((await post(complaint, head, `${address}?token=${password}`)).statusCode).toBe(401)
    }
    expect(
      (await post(complaint, basic(`x:${password}`), `${address}/${password.slice(1)}x`)).statusCode,
    ).toBe(404)
    expect((await reader.state()).suppressed).toBeNull()
    expect((await post(complaint, basic(`anything:${password}`))).statusCode).toBe(200)
    expect((await post(complaint, { authorization: '' }, `${address}/${password}`)).statusCode).toBe(200)
    expect((await reader.state()).suppressed).toBe('complaint')
    expect(press.logged()).not.toContain(password)
  })

  test('what cannot be taken is answered with what to do, and nothing is fetched for Amazon', async () => {
    const { post } = await open()
    const statuses = async (...answers: ReturnType<typeof post>[]) =>
      (await Promise.all(answers)).map(({ statusCode }) => statusCode)
    expect(
      await statuses(
        post('{"type":'),
        post({ hello: 'there' }),
        post({ Type: 'Notification', Message: 'no json' }),
        post('type=bounce', { 'content-type': 'application/x-www-form-urlencoded' }),
        post('{}', { 'content-type': 'text/plain' }),
        post(`{"x":"${'x'.repeat(1_100_000)}"}`),
      ),
    ).toEqual([400, 422, 422, 415, 415, 413])
    const confirmation = await post(
      JSON.stringify({
        Type: 'SubscriptionConfirmation',
        SubscribeURL: 'http://127.0.0.1:1/',
        Message: '',
        Token: 't',
      }),
      { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'SubscriptionConfirmation' },
    )
    expect([confirmation.statusCode, confirmation.json()]).toEqual([
      200,
      expect.objectContaining({ taken: 0 }),
    ])
  })
})

test('a port that is no port stops the start with a line that says so', async () => {
  for (const value of ['2525', 'localhost:', '127.0.0.1:99999', '::1:25']) {
    const program = run(['migrate'], { DATA_DIR: await temporaryFolder(), BOUNCE_LISTEN: value })
    expect(await program.ended).toBe(78)
    expect(program.printed()).toMatch(/BOUNCE_LISTEN: must /)
  }
})
