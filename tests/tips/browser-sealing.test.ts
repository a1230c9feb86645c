import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { Encrypter } from 'age-encryption'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { newKeyPair } from '../../src/tips/sealing/newsroom-key.js'
import { sizeClass } from '../../src/tips/sealing/padding.js'
import { seal as sealOnServer } from '../../src/tips/sealing/sealing.js'
import { openSealed, textOf } from '../../views/assets/tips/open.js'
import { type Entry, seal } from '../../views/assets/tips/seal.js'
import { hasProgram } from '../support/browser.js'
import { temporaryFolder } from '../support/press.js'

const command = promisify(execFile)

const proof = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))
const text = 'They moved the files.\nÜber Nacht.'

async function keyPair() {
  const { recipient, identityFile } = await newKeyPair('2020-12-24')
  return { recipient, identityFile, identity: identityFile.trim().split('\n').at(-1) ?? '' }
}

describe('what a browser seals', () => {
  const programs = hasProgram('age', 'age') && hasProgram('unzip', 'unzip')

  test.skipIf(!programs)('opens with the standard age and unzip programs, for every recipient', async () => {
    const folder = await temporaryFolder()
    const keys = [await keyPair(), await keyPair()]
    const sealed = await seal(
      [{ name: 'räuber.bin', content: new Blob([proof]) }],
      keys.map(key => key.recipient),
    )
    writeFileSync(path.join(folder, 'part.age'), Buffer.from(await sealed.arrayBuffer()))
    for (const [index, key] of keys.entries()) {
      const [keyFile, zip, out] = ['key', 'zip', 'out'].map(name => path.join(folder, name + index)) as [
        string,
        string,
        string,
      ]
      writeFileSync(keyFile, key.identityFile)
      await command('age', ['-d', '-i', keyFile, '-o', zip, path.join(folder, 'part.age')])
      await command('unzip', ['-q', zip, '-d', out])
      expect(readdirSync(out).sort()).toEqual(['padding', 'räuber.bin'])
      expect(readFileSync(path.join(out, 'räuber.bin')).equals(proof)).toBe(true)
      const { stdout } = await command('unzip', ['-Z', zip])
      expect(stdout).toMatch(/80-Jan-01 00:00 räuber\.bin/)
      const size = readFileSync(zip).length
      expect(size).toBe(sizeClass(size))
    }
  })

  test('shows of its length only the size class, whatever it holds', async () => {
    const { recipient } = await keyPair()
    const sizeOf = async (entries: Entry[]) => (await seal(entries, [recipient])).size
    const short = await sizeOf([{ name: 'message.txt', content: '' }])
    expect(await sizeOf([{ name: 'message.txt', content: 'x'.repeat(9_000) }])).toBe(short)
    expect(
      await sizeOf([
        { name: 'message.txt', content: text },
        { name: 'contact.txt', content: 'Signal: +1' },
      ]),
    ).toBe(short)
    expect(await sizeOf([{ name: 'a', content: 'x'.repeat(70_000) }])).toBe(
      await sizeOf([{ name: 'a much longer name.pdf', content: 'x'.repeat(70_400) }]),
    )
  })

  test('tells how far it has read, and seals to nobody never', async () => {
    const { recipient } = await keyPair()
    const told: number[] = []
    await seal([{ name: 'a', content: new Blob([proof]) }], [recipient], bytes => told.push(bytes))
    expect(told.at(-1)).toBe(proof.length)
    await expect(seal([{ name: 'a', content: text }], [])).rejects.toThrow('no key')
    await expect(seal([{ name: 'a', content: text }], ['age1nonsense'])).rejects.toThrow()
  })
})

describe('a browser opens', () => {
  test('what a browser sealed, without the padding', async () => {
    const { recipient, identity } = await keyPair()
    const sealed = await seal(
      [
        { name: 'message.txt', content: text },
        { name: 'contact.txt', content: '' },
      ],
      [recipient],
    )
    const entries = await openSealed(sealed, identity)
    expect(entries.map(entry => entry.name)).toEqual(['message.txt', 'contact.txt'])
    expect(textOf(entries, 'message.txt')).toBe(text)
    expect(textOf(entries, 'contact.txt')).toBe('')
    expect(textOf(entries, 'other.txt')).toBeUndefined()
  })

  test('what the server sealed while it streamed by, a file that looks like the end of a ZIP included', async () => {
    const { recipient, identity } = await keyPair()
    const file = path.join(await temporaryFolder(), 'part.age')
    const tricky = Buffer.concat([proof, Buffer.from('PK\x07\x08PK\x05\x06PK\x01\x02'), proof])
    const content = (async function* () {
      yield tricky
    })()
    await sealOnServer([{ name: 'räuber.zip', content }], [recipient], file)
    const entries = await openSealed(new Blob([readFileSync(file)]).stream(), identity)
    expect(entries.map(entry => entry.name)).toEqual(['räuber.zip'])
    expect(Buffer.from(entries[0]?.content ?? []).equals(tricky)).toBe(true)
  })

  test('nothing with another key, nothing that was altered, and nothing that would unpack to more than came', async () => {
    const { recipient, identity } = await keyPair()
    const sealed = await seal([{ name: 'message.txt', content: text }], [recipient])
    await expect(openSealed(sealed, (await keyPair()).identity)).rejects.toThrow('no identity matched')
    const altered = new Uint8Array(await sealed.arrayBuffer())
    altered[altered.length - 1_000] = (altered[altered.length - 1_000] ?? 0) ^ 1
    await expect(openSealed(new Blob([altered]), identity)).rejects.toThrow()
    const encrypter = new Encrypter()
    encrypter.addRecipient(recipient)
    const bomb = await encrypter.encrypt(zipSync({ 'message.txt': new Uint8Array(10_000_000) }))
    await expect(openSealed(new Blob([bomb as Uint8Array<ArrayBuffer>]), identity)).rejects.toThrow(
      'compressed',
    )
  })
})
