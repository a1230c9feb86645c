import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { returnPath } from '../../src/mail/return-path.js'
import { readerTokens } from '../../src/newsletter/tokens.js'

const secret = Buffer.alloc(32, 7)
const tokens = readerTokens({ newest: secret, older: [] })
const reader = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5'
const id = Buffer.from(reader.replaceAll('-', ''), 'hex')
const mac = (use: string, content: Buffer, bytes: number) =>
  createHmac('sha256', secret).update(`newsletter ${use}\n`).update(content).digest().subarray(0, bytes)

/** RFC 4648, section 6, without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? [])
    .map(five => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('')
}

test('links and return paths carry a mark of 128 bits, and a return path fits before the @ whatever the sender is called', () => {
  const link = tokens.link('unsubscribe', reader)
  expect(Buffer.from(link, 'base64url')).toEqual(Buffer.concat([id, mac('unsubscribe', id, 16)]))
  expect(tokens.readLink('unsubscribe', link)).toBe(reader)
  expect(tokens.readLink('preferences', link)).toBeUndefined()
  const tag = tokens.returnTag(16_777_215, reader)
  const content = Buffer.concat([Buffer.from('ffffff', 'hex'), id])
  expect(tag).toBe(base32(Buffer.concat([content, mac('return', content, 16)])))
  expect(tokens.readReturnTag(tag.toUpperCase())).toEqual({ issueNumber: 16_777_215, readerId: reader })
  const [local = ''] = returnPath('a-newsroom-with-a-long-name@paper.example', tag).split('@')
  expect([local.length, local.startsWith('bounces+')]).toEqual([64, true])
})

test('those in mails that went out with shorter marks are believed for as long as it is said, and else not', () => {
  const believing = readerTokens({ newest: secret, older: [] }, [secret], () => true)
  const link = Buffer.concat([id, mac('unsubscribe', id, 9)]).toString('base64url')
  expect([believing, tokens].map(read => read.readLink('unsubscribe', link))).toEqual([reader, undefined])
  const content = Buffer.concat([Buffer.from('0000002a', 'hex'), id])
  const tag = base32(Buffer.concat([content, mac('return', content, 8)]))
  expect(believing.readReturnTag(tag)).toEqual({ issueNumber: 42, readerId: reader })
  expect(tokens.readReturnTag(tag)).toBeUndefined()
})

test.each([0, 1, 8, 10, 15, 17])('a mark of %i bytes is none, right as it may be', bytes => {
  const tokens = readerTokens({ newest: secret, older: [] }, [secret], () => true)
  const link = Buffer.concat([id, mac('unsubscribe', id, bytes)])
  expect(tokens.readLink('unsubscribe', link.toString('base64url'))).toBeUndefined()
  const content = Buffer.concat([Buffer.from('00002a', 'hex'), id])
  expect(
    tokens.readReturnTag(base32(Buffer.concat([content, mac('return', content, bytes)]))),
  ).toBeUndefined()
})

test('a key that was replaced is believed, also with its shorter marks, until it is forgotten; the new one made none, and none is believed of it', () => {
  const next = Buffer.alloc(32, 8)
  const ring = { newest: next, older: [secret] }
  const replaced = readerTokens(ring, [secret, next], () => true)
  const forgotten = readerTokens({ newest: next, older: [] }, [secret, next], () => true)
  const short = (key: Buffer) => {
    const mark = createHmac('sha256', key).update('newsletter unsubscribe\n').update(id).digest()
    return Buffer.concat([id, mark.subarray(0, 9)]).toString('base64url')
  }
  const [link, tag] = [tokens.link('unsubscribe', reader), tokens.returnTag(7, reader)]
  for (const made of [link, short(secret)]) {
    expect(replaced.readLink('unsubscribe', made)).toBe(reader)
    expect(forgotten.readLink('unsubscribe', made)).toBeUndefined()
  }
  expect([replaced, forgotten].map(read => read.readReturnTag(tag)?.readerId)).toEqual([reader, undefined])
  for (const read of [replaced, forgotten]) expect(read.readLink('unsubscribe', short(next))).toBeUndefined()
  const anew = replaced.link('unsubscribe', reader)
  expect(tokens.readLink('unsubscribe', anew)).toBeUndefined()
  expect(forgotten.readLink('unsubscribe', anew)).toBe(reader)
})
