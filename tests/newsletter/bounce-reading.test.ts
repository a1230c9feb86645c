import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { openMail } from '../../src/newsletter/bounces/opened.js'
import { readMail } from '../../src/newsletter/bounces/reading.js'
import { verdictOf } from '../../src/newsletter/bounces/verdict.js'

const folder = path.join(programFolder, 'tests/fixtures/bounces')
const corpus = (name: string) => readFileSync(path.join(folder, `${name}.eml`))
const read = async (raw: Buffer) => readMail(await openMail(raw))

const expected: [name: string, kind: string, nature: string, code: string][] = [
  ['failed-unknown-user', 'hard', 'failed', '5.1.1'],
  ['failed-domain-gone', 'hard', 'failed', '5.4.4'],
  ['failed-bad-domain', 'hard', 'failed', '5.1.2'],
  ['failed-syntax', 'hard', 'failed', '5.1.3'],
  ['failed-moved', 'hard', 'failed', '5.1.6'],
  ['failed-null-mx', 'hard', 'failed', '5.1.10'],
  ['failed-disabled', 'hard', 'failed', '5.2.1'],
  ['failed-gmail', 'hard', 'failed', '5.1.1'],
  ['failed-exchange-online', 'hard', 'failed', '5.1.10'],
  ['failed-vague-status', 'hard', 'failed', '5.1.1'],
  ['failed-words-only', 'hard', 'failed', '5.0.0'],
  ['failed-utf8-report', 'hard', 'failed', '5.1.1'],
  ['failed-all-behind-alias', 'hard', 'failed', '5.1.1'],
  ['soft-mailbox-full', 'soft', 'failed', '5.2.2'],
  ['soft-full-but-511', 'soft', 'failed', '5.1.1'],
  ['soft-too-large', 'soft', 'failed', '5.3.4'],
  ['soft-too-large-for-mailbox', 'soft', 'failed', '5.2.3'],
  ['soft-policy', 'soft', 'failed', '5.7.1'],
  ['soft-spam', 'soft', 'failed', '5.7.1'],
  ['soft-sender-rejected', 'soft', 'failed', '5.1.8'],
  ['soft-expired', 'soft', 'failed', '4.4.1'],
  ['soft-4xx-under-5', 'soft', 'failed', '4.2.2'],
  ['soft-unavailable', 'soft', 'failed', '5.5.0'],
  ['failed-with-quota-in-address', 'hard', 'failed', '5.1.1'],
  ['soft-part-of-alias', 'soft', 'failed', '5.1.1'],
  ['soft-access-denied', 'soft', 'failed', '5.4.1'],
  ['soft-no-diagnostic', 'soft', 'failed', '5.0.0'],
  ['soft-rate', 'soft', 'failed', '5.2.1'],
  ['delayed', 'other', 'delayed', '4.4.1'],
  ['delayed-names-unknown-user', 'other', 'delayed', '4.1.1'],
  ['relayed', 'other', 'relayed', '2.0.0'],
  ['delivered', 'other', 'delivered', '2.1.5'],
  ['expanded', 'other', 'expanded', '2.0.0'],
  ['no-action', 'other', 'delayed', '4.0.0'],
  ['german-dsn', 'hard', 'failed', '5.1.1'],
  ['japanese-dsn', 'hard', 'failed', '5.1.1'],
  ['french-dsn-full', 'soft', 'failed', '5.2.2'],
  ['qmail-unknown', 'hard', 'failed', '5.1.1'],
  ['qmail-full', 'soft', 'failed', '5.2.2'],
  ['exim-unknown', 'hard', 'failed', ''],
  ['exim-remote-550', 'hard', 'failed', ''],
  ['exim-delayed', 'other', 'delayed', ''],
  ['sendmail-old', 'hard', 'failed', '5.1.1'],
  ['sendmail-warning', 'other', 'delayed', ''],
  ['postfix-old', 'hard', 'failed', ''],
  ['exchange-old', 'hard', 'failed', '5.1.1'],
  ['yahoo', 'hard', 'failed', ''],
  ['gmx-german', 'hard', 'failed', ''],
  ['german-full', 'soft', 'failed', ''],
  ['german-delayed', 'other', 'delayed', ''],
  ['french', 'hard', 'failed', ''],
  ['spanish', 'hard', 'failed', ''],
  ['spanish-full', 'soft', 'failed', ''],
  ['russian', 'hard', 'failed', ''],
  ['russian-full', 'soft', 'failed', ''],
  ['japanese', 'hard', 'failed', ''],
  ['chinese', 'hard', 'failed', ''],
  ['chinese-full', 'soft', 'failed', ''],
  ['italian', 'hard', 'failed', ''],
  ['html-only', 'hard', 'failed', '5.1.1'],
  ['daemon-says-nothing', 'other', 'message', ''],
  ['daemon-unsure', 'soft', 'failed', ''],
  ['arf-abuse', 'complaint', 'complaint', ''],
  ['arf-fraud', 'complaint', 'complaint', ''],
  ['arf-not-spam', 'other', 'feedback', ''],
  ['arf-auth-failure', 'other', 'feedback', ''],
  ['arf-virus', 'other', 'feedback', ''],
  ['vacation-english', 'other', 'auto-reply', ''],
  ['vacation-subject-delivery', 'other', 'auto-reply', ''],
  ['vacation-german', 'other', 'auto-reply', ''],
  ['vacation-french', 'other', 'auto-reply', ''],
  ['vacation-spanish', 'other', 'auto-reply', ''],
  ['vacation-russian', 'other', 'auto-reply', ''],
  ['vacation-japanese', 'other', 'auto-reply', ''],
  ['vacation-from-daemon', 'other', 'message', ''],
  ['left-the-company', 'other', 'auto-reply', ''],
  ['ticket-received', 'other', 'auto-reply', ''],
  ['challenge', 'other', 'challenge', ''],
  ['challenge-plain', 'other', 'challenge', ''],
  ['list-digest', 'other', 'auto-reply', ''],
  ['quoted-bounce', 'other', 'message', ''],
  ['forwarded-bounce', 'other', 'message', ''],
  ['receipt', 'other', 'receipt', ''],
  ['receipt-deleted', 'other', 'receipt', ''],
  ['truncated-in-report', 'soft', 'failed', ''],
  ['truncated-after-status', 'hard', 'failed', '5.1.1'],
  ['no-closing-boundary', 'hard', 'failed', '5.1.1'],
  ['wrong-boundary', 'soft', 'failed', ''],
  ['bare-cr-lf', 'hard', 'failed', '5.1.1'],
  ['base64-report', 'hard', 'failed', '5.1.1'],
  ['eight-bit-report', 'hard', 'failed', '5.1.1'],
  ['nested-multiparts', 'hard', 'failed', '5.1.1'],
  ['empty', 'other', 'message', ''],
  ['binary', 'other', 'message', ''],
  ['only-a-head', 'soft', 'failed', ''],
  ['empty-status', 'hard', 'failed', ''],
]

describe('what came back is read for what it is', () => {
  test.each(expected)('%s: %s, %s %s', async (name, kind, nature, code) => {
    expect(await read(corpus(name))).toMatchObject({ kind, nature, code })
  })

  test('no message of the corpus is left out', () => {
    const files = readdirSync(folder).map(file => file.replace(/\.eml$/, ''))
    expect(files.filter(file => !expected.some(([name]) => name === file))).toEqual([])
  })

  test('the reason is what the server said, and the recipient is named', async () => {
    const { reason, recipient } = await read(corpus('failed-unknown-user'))
    expect(reason).toBe(
      '550 5.1.1 <reader@mailhost.example>: Recipient address rejected: User unknown in virtual mailbox table',
    )
    expect(recipient).toBe('reader@mailhost.example')
  })

  test('a message of many megabytes is read like a small one', async () => {
    const huge = Buffer.concat([corpus('failed-unknown-user'), Buffer.alloc(8_000_000, 'x\n')])
    expect(await read(huge)).toMatchObject({ kind: 'hard', code: '5.1.1' })
  })
})

describe('whatever comes', () => {
  const small = { numRuns: 60 }

  test('garbage never throws, and without a report it is neither hard nor a complaint', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async bytes => {
        expect((await read(Buffer.from(bytes))).kind).toMatch(/^(other|soft)$/)
      }),
      small,
    )
  })

  test('a person’s words are never a bounce', async () => {
    const phrases = [
      'could not be delivered',
      '550 5.1.1 user unknown',
      'mailbox full',
      'Action: failed',
      'Status: 5.1.1',
      '\n\n',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...phrases), { maxLength: 12 }),
        fc.string(),
        async (said, subject) => {
          const head = `From: Rita <rita@mailhost.example>\nSubject: ${subject.replace(/[^ -~]/g, '')}\n\n`
          expect((await read(Buffer.from(head + said.join('\n')))).kind).toBe('other')
        },
      ),
      small,
    )
  })

  test('a message of the corpus that is cut or damaged anywhere never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...expected), fc.nat(2_000), fc.nat(255), async ([name], at, byte) => {
        const raw = Buffer.from(corpus(name))
        if (raw.length) raw[at % raw.length] = byte
        await read(raw)
        await read(raw.subarray(0, at))
      }),
      small,
    )
  })

  test('a soft code is never taken for a hard one, whatever is said beside it', () => {
    const soft = ['4.2.2', '4.1.1', '5.2.2', '5.2.3', '5.3.4', '5.7.1', '5.4.7', '4.4.7', '5.1.8']
    fc.assert(
      fc.property(
        fc.constantFrom(...soft),
        fc.constantFrom('550 user unknown', '550 5.1.1 no such user', ''),
        (code, said) => {
          expect(verdictOf(code, said).verdict).toBe('soft')
        },
      ),
    )
    for (const said of ['mailbox full', 'Quota exceeded', '450 try again later', 'Postfach voll'])
      expect(verdictOf('5.1.1', said).verdict).toBe('soft')
  })
})
