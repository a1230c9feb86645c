import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { addressMarks, type Mark, markedText, textMarks, tracesOf } from '../support/marks.js'
import { changesBelow, leavings } from '../support/places.js'

const text = markedText('message')
const marks = textMarks('message', text)
const address = addressMarks('127.77.13.37')
const packed = Buffer.from([127, 77, 13, 37])

/** The search's word on bytes that stand in the middle of others. */
const tracesIn = (among: Mark[], bytes: Buffer | string): string[] => {
  const around = [Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]
  return tracesOf(among, [{ place: 'it', bytes: Buffer.concat(around) }])
}

/** Those forms in which the search misses the marks. @param as what it should call them */
const missed = (among: Mark[], forms: (Buffer | string)[], as = ''): (Buffer | string)[] => {
  const places = forms.map((form, index) => ({ place: `${index}`, bytes: Buffer.from(form) }))
  const found = tracesOf(among, places).filter(trace => trace.includes(as))
  return forms.filter((_, index) => !found.some(trace => trace.startsWith(`${index} holds`)))
}

const hexes = (bytes: Buffer) => [bytes.toString('hex'), bytes.toString('hex').toUpperCase()]

/** In all alignments, with other bytes before and behind. */
const base64s = (bytes: Buffer) =>
  (['base64', 'base64url'] as const).flatMap(code =>
    [0, 1, 2, 3, 4].flatMap(before =>
      [0, 1, 2].map(after =>
        Buffer.concat([Buffer.alloc(before, 0xa7), bytes, Buffer.alloc(after, 0x9e)]).toString(code),
      ),
    ),
  )

test('the search finds nothing where nothing is, also in much that is random', () => {
  const other = textMarks('message', markedText('message'))
  expect(tracesIn(marks, Buffer.concat(other.map(({ bytes }) => bytes)))).toEqual([])
  const noise = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index * 7 + index) % 251))
  for (const bytes of [noise, noise.toString('base64'), noise.toString('hex'), '127.77.13.36, 127.77.113.37'])
    expect(tracesIn([...marks, ...address], bytes)).toEqual([])
})

test('the search finds a text plain, in capitals, as UTF-16, in hex, URL-encoded and in base64 of every alignment', () => {
  const bytes = Buffer.from(text)
  const forms = [
    ...[text, text.toUpperCase(), Buffer.from(text, 'utf16le'), ...hexes(bytes), ...base64s(bytes)],
    ...[...hexes(bytes).map(hex => hex.replace(/../g, '%$&')), encodeURIComponent(`${text} & more`)],
  ]
  expect(missed(marks, forms)).toEqual([])
  expect(tracesIn(marks, text)).toEqual(['it holds message: plain'])
})

test('the search finds an address as text, number and bytes, alone and inside of IPv6, in every encoding', () => {
  const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), packed])
  const forms = [
    ...['127.77.13.37', '::ffff:127.77.13.37', '::FFFF:7F4D:D25', '2135756069', packed, mapped],
    ...[Buffer.from([37, 13, 77, 127]), ...hexes(packed), ...hexes(mapped), '%7f%4d%0d%25', '%7FM%0D%25'],
    ...[Buffer.from('127.77.13.37'), packed, mapped].flatMap(base64s),
  ]
  expect(missed(address, forms)).toEqual([])
})

test('the search finds the bare hash of a text and of an address, raw, in hex and in base64, also cut to half', () => {
  for (const digest of ['md5', 'sha1', 'sha256', 'sha512'])
    for (const [among, bytes] of [
      [marks, Buffer.from(text)],
      [address, Buffer.from('127.77.13.37')],
      [address, packed],
    ] as const) {
      const whole = createHash(digest).update(bytes).digest()
      const cut = whole.subarray(0, whole.length / 2)
      const forms = [whole, cut].flatMap(hash => [hash, ...hexes(hash), ...base64s(hash)])
      expect(missed(among, forms, digest), digest).toEqual([])
    }
})

test('the search finds what a program leaves: in its output, in files and their names, in one without a name that it holds open', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'handpress-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const changes = changesBelow(folder)
  const texts = ['printed', 'named', 'written', 'held'].map(markedText)
  const script = `
    const [printed, named, written, held] = ${JSON.stringify(texts)}
    const fs = require('node:fs')
    fs.mkdirSync('within')
    fs.writeFileSync('within/' + named, 'nothing')
    fs.writeFileSync('within/file', written)
    fs.utimesSync('within/file', 0, 0)
    fs.writeSync(fs.openSync('nameless', 'w+'), held)
    fs.unlinkSync('nameless')
    console.log(JSON.stringify({ level: 30, msg: printed }))
    setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['-e', script], { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = String(await new Promise(resolve => child.stdout.once('data', resolve)))
  const found = tracesOf(
    texts.flatMap((one, index) => textMarks(`mark ${index}`, one)),
    leavings({ child, printed: () => output }, changes),
  )
  expect(found.sort()).toEqual([
    `${folder}/nameless (deleted), open in the process holds mark 3: plain`,
    `${folder}/within/file holds mark 2: plain`,
    `the name of ${folder}/within/${texts[1]} holds mark 1: plain`,
    'the output holds mark 0: plain',
  ])
})
