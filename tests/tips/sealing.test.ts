import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import {
  armor,
  Decrypter,
  Encrypter,
  generateX25519Identity,
  type Identity,
  identityToRecipient,
} from 'age-encryption'
import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { readPassphrase } from '../../src/tips/passphrase.js'
import { identitiesFrom } from '../../src/tips/sealing/identities.js'
import { sizeClass } from '../../src/tips/sealing/padding.js'
import { codenameDerivation } from '../../src/tips/source/codename.js'
import { canonicalCodename, newCodename, words } from '../../src/tips/source/codename-scheme.js'
import { passphraseIdentity } from '../../views/assets/tips/passphrase-stanza.js'
import { hasProgram } from '../support/browser.js'
import { form, openPress, temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'
import { onTerminal } from '../support/terminal.js'
import { multipart, sealedParts } from '../support/tips.js'

const command = promisify(execFile)

const proof = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))

async function pressWithTip() {
  const press = await openPress()
  const body = multipart({ message: 'They moved the files.\nAt night.', contact: 'Signal: +1' }, [
    { name: '../../räuber "x".bin', content: proof },
  ])
  await press.http.inject({ method: 'POST', url: '/tips', ...body })
  const [file = '', message = ''] = sealedParts(press.dataDir)
  return { press, file, message, key: path.join(press.dataDir, 'newsroom-key.txt') }
}

describe('what the form sealed', () => {
  const programs = hasProgram('age', 'age') && hasProgram('unzip', 'unzip')

  test.skipIf(!programs)('opens with the standard age and unzip programs', async () => {
    const { file, message, key } = await pressWithTip()
    const folder = await temporaryFolder()
    for (const [part, name] of [
      [message, 'message'],
      [file, 'file'],
    ] as const) {
      await command('age', ['-d', '-i', key, '-o', path.join(folder, `${name}.zip`), part])
      await command('unzip', ['-q', path.join(folder, `${name}.zip`), '-d', path.join(folder, name)])
    }
    expect(readFileSync(path.join(folder, 'message/message.txt'), 'utf8')).toBe(
      'They moved the files.\nAt night.',
    )
    expect(readFileSync(path.join(folder, 'message/contact.txt'), 'utf8')).toBe('Signal: +1')
    const [name = ''] = readdirSync(path.join(folder, 'file')).filter(entry => entry !== 'padding')
    expect(name).toContain('räuber')
    expect(readFileSync(path.join(folder, 'file', name)).equals(proof)).toBe(true)
  })

  test('opens with `tips open`, away from the server, and never writes over a file', async () => {
    const { press, key } = await pressWithTip()
    const out = await temporaryFolder()
    for (let count = 0; count < 2; count++) {
      const opening = run([
        'tips',
        'open',
        '--identity',
        key,
        '--out',
        out,
        path.join(press.dataDir, 'tips/sealed'),
      ])
      expect(await opening.ended).toBe(0)
      expect(opening.printed()).toContain('They moved the files.\nAt night.')
      expect(opening.printed()).toContain('Signal: +1')
    }
    const [tip = ''] = readdirSync(out)
    const files = readdirSync(path.join(out, tip))
    expect(files).toHaveLength(2)
    for (const name of files) expect(readFileSync(path.join(out, tip, name)).equals(proof)).toBe(true)
  })

  test('stays shut to another key, with a sentence and no stack', async () => {
    const { press } = await pressWithTip()
    const folder = await temporaryFolder()
    const other = path.join(folder, 'other.txt')
    writeFileSync(other, await generateX25519Identity())
    const opening = run(['tips', 'open', '--identity', other, path.join(press.dataDir, 'tips')])
    expect(await opening.ended).toBe(1)
    expect(opening.printed()).toContain('cannot be opened with this key')
    expect(opening.printed()).not.toMatch(/^\s+at /m)
    writeFileSync(path.join(folder, 'none.txt'), 'nonsense')
    await expect(identitiesFrom(path.join(folder, 'none.txt'), nobody)).rejects.toThrow(
      'is no age identity file',
    )
  })

  test('opens replies and notes as texts, and goes on past what the key does not open', async () => {
    const { press, key } = await pressWithTip()
    const recipient = await identityToRecipient(secretIn(key))
    const tip = path.dirname(sealedParts(press.dataDir)[0] as string)
    const other = await identityToRecipient(await generateX25519Identity())
    const seal = (name: string, text: string, to: string) =>
      sealed([['message.txt', text]], [to]).then(part => writeFileSync(path.join(tip, name), part))
    await seal('2-reply.age', 'Can you tell us more?', recipient)
    await seal('3-note.age', 'Sealed to somebody else.', other)
    await seal('4-note.age', 'Ask the archivist.', recipient)
    const opening = run(['tips', 'open', '--identity', key, '--out', await temporaryFolder(), tip])
    expect(await opening.ended).toBe(1)
    const printed = opening.printed()
    expect(printed).toMatch(/, 2-reply\n-- message\.txt\nCan you tell us more\?/)
    expect(printed).toMatch(/, 4-note\n-- message\.txt\nAsk the archivist\./)
    expect(printed).toContain('3-note.age cannot be opened with this key')
    expect(printed).toContain('1 of 5 sealed files stayed shut.')
  })

  test('opens a case that was exported to several, by the standard age program as well, with a folder for each batch', async () => {
    const folder = await temporaryFolder()
    const [key, out] = [path.join(folder, 'key.txt'), path.join(folder, 'out')]
    writeFileSync(key, await generateX25519Identity())
    const entries: [string, string][] = [
      ['index.txt', 'Tip abc of 2021-01-04'],
      ['1-message/message.txt', 'They moved the files.'],
      ['1-message/index.txt', 'a file, not the list'],
      ['2-reply/message.txt', 'Where to?'],
    ]
    const recipient = await identityToRecipient(secretIn(key))
    const recipients = [await identityToRecipient(await generateX25519Identity()), recipient]
    const file = path.join(folder, 'case.age')
    if (programs) {
      writeFileSync(path.join(folder, 'case.zip'), zipped(entries))
      const to = recipients.flatMap(one => ['-r', one])
      await command('age', [...to, '-o', file, path.join(folder, 'case.zip')])
    } else writeFileSync(file, await sealed(entries, recipients))
    const opening = run(['tips', 'open', '--identity', key, '--out', out, file])
    expect(await opening.ended).toBe(0)
    for (const text of ['Tip abc of 2021-01-04', 'They moved the files.', 'Where to?'])
      expect(opening.printed()).toContain(text)
    const [written = ''] = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.txt'),
    )
    expect(path.basename(path.dirname(written))).toBe('1-message')
    expect(readFileSync(path.join(out, written), 'utf8')).toBe('a file, not the list')
  })

  test('opens with a key that a passphrase seals, from a file or typed unseen', async () => {
    const { press, key } = await pressWithTip()
    const folder = await temporaryFolder()
    const [wrapped, passphrase] = [path.join(folder, 'key.age'), path.join(folder, 'passphrase.txt')]
    const encrypter = new Encrypter()
    encrypter.setPassphrase('räuber und gendarm')
    encrypter.setScryptWorkFactor(10)
    writeFileSync(wrapped, armor.encode(await encrypter.encrypt(readFileSync(key, 'utf8'))))
    writeFileSync(passphrase, 'räuber und gendarm\n'.normalize('NFD'))
    const open = ['tips', 'open', '--identity', wrapped, '--out', folder, path.join(press.dataDir, 'tips')]
    const opening = run([...open, '--passphrase-file', passphrase])
    expect(await opening.ended).toBe(0)
    expect(opening.printed()).toContain('They moved the files.')
    await expect(identitiesFrom(wrapped, async () => 'another')).rejects.toThrow(
      'The passphrase does not open',
    )
    await expect(identitiesFrom(wrapped, () => readPassphrase(undefined))).rejects.toThrow(
      '--passphrase-file',
    )
    if (!hasProgram('script', 'bsdutils')) return
    const typed = await onTerminal([path.join(programFolder, 'dist/main.js'), ...open], {
      Passphrase: 'räuber und gendarm\r',
    })
    expect(typed).toContain('They moved the files.')
    expect(typed).not.toContain('gendarm')
  })

  test.skipIf(!programs)('is sealed to every recipient: the operator’s and the newsroom’s', async () => {
    const folder = await temporaryFolder()
    const key = path.join(folder, 'operator.txt')
    const made = run(['tips', 'keygen', '--output', key])
    await made.ended
    const [recipient = ''] = /age1[a-z0-9]+/.exec(made.printed()) ?? []
    const first = await openPress()
    await first.http.close()
    const press = await openPress({ DATA_DIR: first.dataDir, TIPS_RECIPIENTS: recipient })
    await press.http.inject({ method: 'POST', url: '/tips', ...form({ message: 'for both' }) })
    const [message = ''] = sealedParts(press.dataDir)
    for (const identity of [key, path.join(press.dataDir, 'newsroom-key.txt')]) {
      const zip = path.join(mkdtempSync(path.join(folder, 'opened-')), 'message.zip')
      await command('age', ['-d', '-i', identity, '-o', zip, message])
      expect(readFileSync(zip).includes('for both')).toBe(true)
    }
  })
})

test('a key is never written over another one, nor a tip opened without one; each says so in a sentence', async () => {
  const key = path.join(await temporaryFolder(), 'key.txt')
  const ended = async (...args: string[]) => {
    const program = run(['tips', ...args])
    return [await program.ended, program.printed()]
  }
  expect(await ended('open', '--identity', key)).toEqual([1, `There is no ${key}.\n`])
  await ended('keygen', '--output', key)
  const made = readFileSync(key, 'utf8')
  expect(await ended('keygen', '--output', key)).toEqual([1, `${key} is there already. Name another one.\n`])
  expect(readFileSync(key, 'utf8')).toBe(made)
})

type Texts = [name: string, text: string][]

const nobody = () => Promise.reject(new Error('Nobody was to be asked.'))

function zipped(entries: Texts): Uint8Array {
  const padded: Texts = [...entries, ['padding', '\0'.repeat(1_000)]]
  return zipSync(Object.fromEntries(padded.map(([name, text]) => [name, strToU8(text)])), { level: 0 })
}

/** An age file over a zip of texts, as browsers make it. */
async function sealed(entries: Texts, recipients: string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return encrypter.encrypt(zipped(entries))
}

function secretIn(key: string): string {
  return /^AGE-SECRET-KEY-1.+$/m.exec(readFileSync(key, 'utf8'))?.[0] ?? ''
}

describe('size classes', () => {
  test('hold the content, waste at most an eighth above the smallest, and grow with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 * 1_048_576 }), length => {
        const padded = sizeClass(length)
        expect(padded).toBeGreaterThanOrEqual(length)
        if (length > 16_384) expect(padded).toBeLessThanOrEqual(length * 1.12 + 1)
        expect(sizeClass(padded)).toBe(padded)
        expect(sizeClass(length + 1)).toBeGreaterThanOrEqual(padded)
      }),
    )
  })

  test('are few', () => {
    const classes = new Set(Array.from({ length: 100_000 }, (_, index) => sizeClass(index * 1_000)))
    expect(classes.size).toBeLessThan(400)
  })
})

describe('codenames', () => {
  test('are seven of the 7,776 words of the EFF’s long list: more than 90 bits', async () => {
    const list = words()
    expect(list).toHaveLength(7_776)
    expect(new Set(list).size).toBe(7_776)
    expect(digest(Buffer.from(list.join(' ')))).toBe(
      'c523ba7b5e0d3f77cc6cf0d83bed3f250143c0c90c255d6a646dd992f8453675',
    )
    expect(7 * Math.log2(list.length)).toBeGreaterThan(90)
    const codename = newCodename()
    expect(codename.split(' ')).toHaveLength(7)
    expect(codename.split(' ').every(word => list.includes(word))).toBe(true)
    expect(newCodename()).not.toBe(codename)
  })

  test('lead to what they always led to: who has one comes back after any update', async () => {
    const derive = codenameDerivation(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))
    // By Python's hashlib.scrypt and hmac, and the public half by age.
    const secrets = await derive('abacus abdomen abdominal abide abiding ability ablaze')
    expect({ ...secrets, identity: secrets.identity.toString('hex') }).toEqual({
      lookup: '53fa607a3b555fd409d5d0d7a316def0370e01dfb603fed7ac698a3b6b2c1700',
      identity: '9d54057e2b9781c28517465f818f41a7f043fa849e2fb9f46de313f7fab77fb5',
      sourceKey: 'age1jyneletfddk4tu6qswe2qk9zcra5lj8mfpy8cjh4l7dazzp044qs7psk4d',
    })
  })

  test('mean the same however they are typed', async () => {
    const codename = newCodename()
    for (const typed of [
      codename.toUpperCase(),
      codename.replaceAll(' ', '-'),
      `  ${codename.replaceAll(' ', '   ')}\n`,
    ]) {
      expect(canonicalCodename(typed)).toBe(canonicalCodename(codename))
    }
  })

  test('lose almost nothing when spaces and hyphens are forgiven: no word begins with another', async () => {
    // The list has both "yo-yo" and "yoyo".
    const letters = [...new Set(words().map(canonicalCodename))].sort()
    expect(letters).toHaveLength(7_775)
    expect(7 * Math.log2(letters.length)).toBeGreaterThan(90)
    expect(letters.filter((word, index) => letters[index + 1]?.startsWith(word))).toEqual([])
  })
})

describe('the age library, on the published test vectors', () => {
  const folder = path.join(import.meta.dirname, '../fixtures/age')
  test.each(readdirSync(folder))('%s', async name => {
    const { headers, body } = vector(readFileSync(path.join(folder, name)))
    const opened = await openVector(headers, body)
    expect(opened && digest(opened)).toBe(headers.expect === 'success' ? headers.payload : undefined)
  })

  test.each(readdirSync(folder).filter(name => name.includes('scrypt')))(
    '%s, with the passphrase’s key computed in slices as the newsroom’s browsers do',
    async name => {
      const { headers, body } = vector(readFileSync(path.join(folder, name)))
      const opened = await openVector(headers, body, passphraseIdentity)
      expect(opened && digest(opened)).toBe(headers.expect === 'success' ? headers.payload : undefined)
    },
  )
})

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** C2SP/CCTV: header lines, an empty line, the file (compressed by zlib where a header says so). */
function vector(file: Buffer): { headers: Record<string, string>; identities: string[]; body: Buffer } {
  const end = file.indexOf('\n\n')
  const lines = file.subarray(0, end).toString().split('\n')
  const headers = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const body = file.subarray(end + 2)
  return { headers, identities: [], body: headers.compressed === 'zlib' ? inflateSync(body) : body }
}

async function openVector(
  headers: Record<string, string>,
  body: Buffer,
  byPassphrase?: (passphrase: string) => Identity,
): Promise<Uint8Array | undefined> {
  try {
    const decrypter = new Decrypter()
    if (headers.identity) decrypter.addIdentity(headers.identity)
    if (headers.passphrase && byPassphrase) decrypter.addIdentity(byPassphrase(headers.passphrase))
    else if (headers.passphrase) decrypter.addPassphrase(headers.passphrase)
    return await decrypter.decrypt(headers.armored === 'yes' ? armor.decode(body.toString('latin1')) : body)
  } catch {
    return undefined
  }
}
