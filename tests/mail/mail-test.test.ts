import { createPrivateKey, createPublicKey } from 'node:crypto'
import { chmod, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.js'
import { type MailService, mailCommands } from '../../src/mail/index.js'
import { dkimKey, fakeDns } from '../support/dkim.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { stubbornRelay } from '../support/stubborn-relay.js'

const spf = { TXT: ['v=spf1 ip4:192.0.2.1 -all'], MX: ['mx.paper.example'] }
const dmarc = { TXT: ['v=DMARC1; p=none'] }

/** What a command prints, and its exit code. */
async function run(mail: MailService, ...words: string[]) {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    process.exitCode = 0
    const program = new Command().addCommand(
      mailCommands(
        work => work(mail),
        () => mail.mailFrom,
      ),
    )
    await program.parseAsync(['node', 'handpress', 'mail', ...words])
    return { out: printed.mock.calls.map(([text]) => text).join(''), code: process.exitCode as number }
  } finally {
    process.exitCode = 0
    printed.mockRestore()
  }
}

async function pressWithKeys() {
  const folder = await temporaryFolder()
  const relay = await stubbornRelay()
  const [rsa, ed] = [await dkimKey(folder, 'rsa', 3072), await dkimKey(folder, 'ed25519')]
  const press = await openPress({
    ...{ SMTP_URL: relay.url, MAIL_FROM: 'news@paper.example' },
    ...{ DKIM_SELECTOR: 'r26,e26', DKIM_KEY_FILE: `${rsa.file},${ed.file}` },
  })
  return { press, relay, rsa, ed }
}

const missing = (findings: { ok: boolean; check: string }[]) =>
  findings.filter(({ ok }) => !ok).map(({ check }) => check)

test('a sender whom receivers believe lacks nothing, and the relay that took the mail is named', async () => {
  const { press, relay, rsa, ed } = await pressWithKeys()
  const { offered, findings } = await press.mail.test(
    'me@example.org',
    fakeDns({
      'paper.example': spf,
      '_dmarc.paper.example': dmarc,
      'r26._domainkey.paper.example': { TXT: [rsa.record] },
      'e26._domainkey.paper.example': { TXT: [ed.record] },
    }),
  )
  expect(offered).toMatchObject({ kind: 'accepted', relay: relay.name, response: /^250/ })
  expect(relay.taken).toEqual(['me@example.org'])
  expect(missing(findings)).toEqual([])
})

test('what is missing or wrong is said, with the record to publish', async () => {
  const { press, rsa, ed } = await pressWithKeys()
  await chmod(ed.file, 0o644)
  const { findings } = await press.mail.test(
    'me@example.org',
    fakeDns({
      'paper.example': { TXT: ['v=spf1 a -all', 'v=spf1 mx -all'] },
      'r26._domainkey.paper.example': { TXT: [ed.record] },
    }),
  )
  expect(missing(findings)).toEqual(['spf', 'dkim', 'dkim', 'dmarc', 'mx', 'key-file'])
  const records = findings.flatMap(({ record }) => (record ? [[record.name, record.type, record.value]] : []))
  expect(records).toEqual([
    ['r26._domainkey.paper.example', 'TXT', rsa.record],
    ['e26._domainkey.paper.example', 'TXT', ed.record],
    ['_dmarc.paper.example', 'TXT', 'v=DMARC1; p=none; rua=mailto:news@paper.example'],
    ['paper.example', 'MX', '10 mail.paper.example.'],
  ])
})

test('a key of RSA that signs with less than 128 bits of strength is told of, with what to do', async () => {
  const short = await dkimKey(await temporaryFolder(), 'rsa', 2048)
  const press = await openPress({
    MAIL_FROM: 'news@paper.example',
    DKIM_SELECTOR: 'old',
    DKIM_KEY_FILE: short.file,
  })
  const { findings } = await press.mail.test('me@example.org', fakeDns({}))
  expect(findings.filter(({ check }) => check === 'key-file').map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /holds an RSA key of 2048 bits, which is short\. Make another with `handpress mail keygen`/,
    ),
  ])
  const { press: strong } = await pressWithKeys()
  const others = (await strong.mail.test('me@example.org', fakeDns({}))).findings
  expect(others.filter(({ check }) => check === 'key-file')).toEqual([])
})

test('a DNS that does not answer is not taken for a missing record', async () => {
  const { press } = await pressWithKeys()
  const silent = async () => {
    throw Object.assign(new Error('queryTxt ETIMEOUT'), { code: 'ETIMEOUT' })
  }
  const { findings } = await press.mail.test('me@example.org', silent)
  expect(findings.filter(({ text }) => text.includes('gave no answer (ETIMEOUT)'))).toHaveLength(5)
  expect(findings.flatMap(({ record }) => record ?? [])).toEqual([])
})

test('`mail test` ends well when the mail was taken, and with 1 when no relay took it', async () => {
  const relay = await stubbornRelay()
  const press = await openPress({ SMTP_URL: relay.url })
  const taken = await run(press.mail, 'test', 'me@example.org')
  expect(taken.out).toContain(`${relay.name} took the mail: 250`)
  expect(taken.out).toContain('MISSING DOMAIN: Mail comes from newsletter@localhost')
  expect(taken.code).toBe(0)
  relay.mood.recipient = '550 5.1.1 no such user'
  const refused = await run(press.mail, 'test', 'me@example.org', '--json')
  expect(JSON.parse(refused.out)).toMatchObject({
    ...{ to: 'me@example.org', kind: 'refused', relay: relay.name },
    reason: expect.stringContaining('no such user'),
    checks: [{ check: 'domain', ok: false }],
  })
  expect(refused.code).toBe(1)
})

test.each([3072, 4096])(
  '`mail keygen` makes an RSA key of %i bits, and a record that holds its public half',
  async bits => {
    const folder = await temporaryFolder()
    const { out } = await run((await openPress()).mail, 'keygen', '--out', folder, '--rsa', String(bits))
    const key = createPrivateKey(await readFile(path.join(folder, 'press-rsa.pem')))
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(bits)
    const [, zone = ''] = /^press-rsa\._domainkey\.localhost\. TXT (.+)$/m.exec(out) ?? []
    const strings = [...zone.matchAll(/"([^"]*)"/g)].map(([, string = '']) => string)
    expect(Math.max(...strings.map(string => string.length))).toBeLessThanOrEqual(255)
    const published = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')
    expect(strings.join('')).toBe(`v=DKIM1; k=rsa; p=${published}`)
  },
)

test('`mail keygen` makes keys that the press signs with, and overwrites none', async () => {
  const folder = await temporaryFolder()
  const press = await openPress()
  const { out } = await run(press.mail, 'keygen', '--out', folder, '--selector', 'p26')
  const settings = Object.fromEntries(
    [...out.matchAll(/^(DKIM_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  )
  const keys = readConfig(settings).dkim
  expect(keys.map(({ selector, key }) => [selector, key.asymmetricKeyType])).toEqual([
    ['p26-rsa', 'rsa'],
    ['p26-ed25519', 'ed25519'],
  ])
  // 128 bits of strength (NIST SP 800-57, table 2); less is not made.
  expect(keys[0]?.key.asymmetricKeyDetails?.modulusLength).toBe(3072)
  expect(out).toMatch(/^p26-rsa\._domainkey\.localhost\. TXT "v=DKIM1; k=rsa; p=[^"]+" "[^"]+" "[^"]+"$/m)
  const file = path.join(folder, 'p26-rsa.pem')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const before = await readFile(file)
  await expect(run(press.mail, 'keygen', '--out', folder, '--selector', 'p26')).rejects.toThrow('EEXIST')
  expect(await readFile(file)).toEqual(before)
})
