import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, onTestFinished, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { encrypted } from '../../src/foundation/age.js'
import { type SealerOptions, sealer } from '../../src/tips/sealing/sealer.js'
import { temporaryFolder } from '../support/press.js'

const identity = await generateX25519Identity()
const recipient = await identityToRecipient(identity)
const thread = path.join(programFolder, 'dist/tips/sealing/worker.js')

function opened(sealed: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return decrypter.decrypt(sealed)
}

function started(options: SealerOptions = {}) {
  const sealing = sealer(options)
  onTestFinished(() => sealing.close())
  return sealing
}

/** A thread's program that counts its starts and does something before it seals. */
async function program(first: string): Promise<{ program: string; starts: () => number }> {
  const folder = await temporaryFolder()
  const starts = path.join(folder, 'starts')
  writeFileSync(starts, '')
  const file = path.join(folder, 'thread.mjs')
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs'
     appendFileSync(${JSON.stringify(starts)}, '|')
     const start = readFileSync(${JSON.stringify(starts)}).length
     ${first}
     await import(${JSON.stringify(thread)})`,
  )
  return { program: file, starts: () => readFileSync(starts).length }
}

async function* pieces(...content: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* content
}

test('what is encrypted in pieces opens with the age library, at each edge of a piece', async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
    const content = randomBytes(length)
    const half = Math.floor(length / 3)
    const parts: Uint8Array[] = []
    for await (const part of encrypted(pieces(content.subarray(0, half), content.subarray(half)), [
      recipient,
    ]))
      parts.push(Uint8Array.from(part))
    expect(content.equals(await opened(Buffer.concat(parts)))).toBe(true)
  }
})

test('entries are sealed whole and in their order, many files at once', async () => {
  const sealing = started()
  const folder = await temporaryFolder()
  const contents = Array.from({ length: 8 }, () => randomBytes(400_000))
  await Promise.all(
    contents.map((content, index) =>
      sealing.seal(
        [
          { name: 'first', content: pieces(content.subarray(0, 7), content.subarray(7)) },
          { name: 'second', content: pieces(Buffer.from(`file ${index}`)) },
        ],
        [recipient],
        path.join(folder, `${index}.age`),
      ),
    ),
  )
  for (const [index, content] of contents.entries()) {
    const zip = Buffer.from(await opened(readFileSync(path.join(folder, `${index}.age`))))
    const at = zip.indexOf(content)
    expect(at).toBeGreaterThan(0)
    expect(zip.indexOf(`file ${index}`)).toBeGreaterThan(at)
  }
})

test('a thread that dies fails what it was sealing, and the next thing gets a new one', async () => {
  const { program: dying, starts } = await program('if (start === 1) process.exit(1)')
  const sealing = started({ program: dying })
  const folder = await temporaryFolder()
  const seal = (name: string) =>
    sealing.seal(
      [{ name: 'a', content: pieces(randomBytes(1_000_000)) }],
      [recipient],
      path.join(folder, name),
    )
  const failed = await Promise.allSettled([seal('1.age'), seal('2.age')])
  for (const outcome of failed)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { status: 503, name: 'Problem' } })
  await seal('3.age')
  expect(starts()).toBe(2)
  expect((await opened(readFileSync(path.join(folder, '3.age')))).length).toBeGreaterThan(1_000_000)
})

test('a thread with nothing to do ends, and another begins when something comes', async () => {
  const { program: counted, starts } = await program('')
  const sealing = started({ program: counted, patience: 0 })
  const folder = await temporaryFolder()
  for (let count = 1; count <= 2; count++) {
    await sealing.seal([{ name: 'a', content: pieces() }], [recipient], path.join(folder, `${count}.age`))
    // Timers that were set earlier fire earlier.
    await new Promise(resolve => setTimeout(resolve, 1))
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  expect(starts()).toBe(2)
})

test('an upload that breaks off fails with its own reason, and so does a file that cannot be written', async () => {
  const sealing = started()
  const folder = await temporaryFolder()
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield randomBytes(300_000)
    throw new Error('broke off')
  }
  const seal = (content: AsyncIterable<Uint8Array>, file: string) =>
    sealing.seal([{ name: 'a', content }], [recipient], path.join(folder, file))
  await expect(seal(broken(), '1.age')).rejects.toThrow('broke off')
  await expect(seal(pieces(randomBytes(900_000)), 'nowhere/2.age')).rejects.toMatchObject({ code: 'ENOENT' })
  await seal(pieces(randomBytes(10)), '3.age')
})

test('more than a hundred at once are told to come back, those before them are sealed', async () => {
  const sealing = started()
  const folder = await temporaryFolder()
  let go = () => {}
  const gate = new Promise<void>(resolve => {
    go = resolve
  })
  async function* waiting(): AsyncGenerator<Uint8Array> {
    await gate
    yield randomBytes(10)
  }
  const seal = (count: number) =>
    sealing.seal([{ name: 'a', content: waiting() }], [recipient], path.join(folder, `${count}.age`))
  const first = Array.from({ length: 100 }, (_, count) => seal(count))
  await expect(seal(100)).rejects.toMatchObject({ status: 503 })
  go()
  await Promise.all(first)
})
