import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import { armor, Decrypter } from 'age-encryption'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalCodename, newCodename, words } from '../../src/tips/codename.js'
import { sizeClass } from '../../src/tips/padding.js'
import { hasProgram } from '../support/browser.js'
import { form, openPress, temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'
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
    expect(await run(['tips', 'keygen', '--output', other]).ended).toBe(0)
    const opening = run(['tips', 'open', '--identity', other, path.join(press.dataDir, 'tips')])
    expect(await opening.ended).toBe(1)
    expect(opening.printed()).toContain('cannot be opened with this key')
    expect(opening.printed()).not.toMatch(/^\s+at /m)
    writeFileSync(path.join(folder, 'none.txt'), 'nonsense')
    const wrong = run([
      'tips',
      'open',
      '--identity',
      path.join(folder, 'none.txt'),
      path.join(press.dataDir, 'tips'),
    ])
    expect(await wrong.ended).toBe(1)
    expect(wrong.printed()).toContain('is no age identity file')
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
  test('are seven of the 7,776 words of the EFF’s long list: more than 90 bits', () => {
    expect(words).toHaveLength(7_776)
    expect(new Set(words).size).toBe(7_776)
    expect(7 * Math.log2(words.length)).toBeGreaterThan(90)
    const codename = newCodename()
    expect(codename.split(' ')).toHaveLength(7)
    expect(codename.split(' ').every(word => words.includes(word))).toBe(true)
    expect(newCodename()).not.toBe(codename)
  })

  test('mean the same however they are typed', () => {
    const codename = newCodename()
    for (const typed of [
      codename.toUpperCase(),
      codename.replaceAll(' ', '-'),
      `  ${codename.replaceAll(' ', '   ')}\n`,
    ]) {
      expect(canonicalCodename(typed)).toBe(canonicalCodename(codename))
    }
  })

  test('lose almost nothing when spaces and hyphens are forgiven: no word begins with another', () => {
    // The list has both "yo-yo" and "yoyo".
    const letters = [...new Set(words.map(canonicalCodename))].sort()
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
    if (headers.expect !== 'success') return expect(opened).toBeUndefined()
    expect(
      createHash('sha256')
        .update(opened as Uint8Array)
        .digest('hex'),
    ).toBe(headers.payload)
  })
})

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

async function openVector(headers: Record<string, string>, body: Buffer): Promise<Uint8Array | undefined> {
  try {
    const decrypter = new Decrypter()
    if (headers.identity) decrypter.addIdentity(headers.identity)
    if (headers.passphrase) decrypter.addPassphrase(headers.passphrase)
    return await decrypter.decrypt(headers.armored === 'yes' ? armor.decode(body.toString('latin1')) : body)
  } catch {
    return undefined
  }
}
