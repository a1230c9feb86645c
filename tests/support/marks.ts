import { createHash } from 'node:crypto'
import { isIPv4 } from 'node:net'
import type { Lying } from './places.js'

/** Something of a source's that must lie nowhere. */
export interface Mark {
  /** what it is: `browser`, `file name` */
  name: string
  bytes: Buffer
  /** false for what is kept as a hash by design */
  hashed?: boolean
}

/** A form in which a mark may lie somewhere. */
interface Form {
  /** `browser: base64` */
  name: string
  bytes: Buffer
}

/** A text that nothing else in the world holds: only letters, so that no clean-up of a field changes it. */
export function markedText(name: string): string {
  const letters = Array.from({ length: 14 }, () => 'bcdfghjklmnpqrstvwxz'[Math.floor(Math.random() * 20)])
  return name.replace(/[^a-z]/g, '') + letters.join('')
}

/** A text as people write it and in capitals. */
export function textMarks(name: string, text: string): Mark[] {
  const cases = new Set([text, text.toUpperCase(), text.toLowerCase()])
  return [...cases].map(one => ({ name, bytes: Buffer.from(one) }))
}

/** An IPv4 address in every way in which programs keep one: as text, as a number, packed, mapped to IPv6. */
export function addressMarks(address: string): Mark[] {
  if (!isIPv4(address)) throw new Error(`${address} is no IPv4 address.`)
  const packed = Buffer.from(address.split('.').map(Number))
  const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), packed])
  const groups = [packed.readUInt16BE(0), packed.readUInt16BE(2)].map(group => group.toString(16))
  const texts = [address, `::ffff:${address}`, `::ffff:${groups.join(':')}`, String(packed.readUInt32BE())]
  return [
    ...texts.flatMap(text => textMarks(`address ${text}`, text)),
    { name: 'address, packed', bytes: packed },
    { name: 'address, packed from its end', bytes: Buffer.from(packed).reverse() },
    { name: 'address, packed as IPv6', bytes: mapped },
  ]
}

/** Every form that the search knows of a mark. */
function formsOf({ name, bytes, hashed = true }: Mark): Form[] {
  const digests = hashed ? ['md5', 'sha1', 'sha256', 'sha512'] : []
  const forms = [
    ...encodings(bytes).map(form => ({ ...form, name: `${name}: ${form.name}` })),
    ...digests.flatMap(digest => {
      // Eight bytes of a hash tell people apart as well as all of it, and who cuts one short keeps the beginning.
      const hash = createHash(digest).update(bytes).digest().subarray(0, 8)
      return encodings(hash).map(form => ({ ...form, name: `${name}: ${digest}, ${form.name}` }))
    }),
  ]
  return forms.filter(form => form.bytes.length >= 4)
}

function encodings(bytes: Buffer): Form[] {
  const hex = bytes.toString('hex')
  const escaped = hex.replace(/../g, '%$&')
  const latin = bytes.toString('latin1')
  return [
    { name: 'UTF-16', bytes: Buffer.from(latin, 'utf16le') },
    ...[hex, hex.toUpperCase()].map(text => ({ name: 'hex', bytes: Buffer.from(text) })),
    ...[escaped, escaped.toUpperCase(), encodeURIComponent(latin), escape(latin)].map(text => ({
      ...{ name: 'URL-encoded', bytes: Buffer.from(text) },
    })),
    ...base64(bytes).flatMap(text => [
      { name: 'base64', bytes: Buffer.from(text) },
      { name: 'base64url', bytes: Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_')) },
    ]),
    { name: 'plain', bytes },
  ]
}

/**
 * The signs that bytes become inside a longer base64 text (RFC 4648), in each of its three alignments. A sign that they share
 * with a neighbour is left away from long ones, and written in all its variants at short ones.
 */
function base64(bytes: Buffer): string[] {
  const isShort = bytes.length < 8
  return [0, 1, 2].flatMap(shift => {
    const over = (shift + bytes.length) % 3
    const before = isShort && shift ? range(4 ** shift) : [0]
    const after = isShort && over ? range(4 ** (3 - over)) : [0]
    return before.flatMap(lead =>
      after.map(trail => {
        const around = [Buffer.alloc(shift, 0), bytes, Buffer.from([trail << (over === 1 ? 4 : 6)])]
        if (shift) (around[0] as Buffer)[shift - 1] = lead
        const text = Buffer.concat(around).toString('base64')
        const end = ((shift + bytes.length) * 8) / 6
        return text.slice(
          isShort ? shift : Math.ceil((shift * 8) / 6),
          isShort ? Math.ceil(end) : Math.floor(end),
        )
      }),
    )
  })
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index)

/** Where which marks lie, in which form; empty where none does. */
export function tracesOf(marks: Mark[], places: Iterable<Lying>): string[] {
  const search = searchFor(marks)
  const traces: string[] = []
  for (const { place, bytes } of places)
    for (const form of search(bytes)) traces.push(`${place} holds ${form}`)
  return traces
}

/** A search for all marks in all their forms at once. */
function searchFor(marks: Mark[]): (bytes: Buffer) => Set<string> {
  const forms = new Map(marks.flatMap(formsOf).map(form => [form.bytes.toString('latin1'), form]))
  // By their ends, since some begin with zeros, as half of a database does.
  const byEnding = new Map<number, Form[]>()
  // At nearly every place a look into this small table tells that no form ends there.
  const ends = new Uint8Array(1 << 20)
  for (const form of forms.values()) {
    const ending = form.bytes.readInt32BE(form.bytes.length - 4)
    ends[scattered(ending)] = 1
    byEnding.set(ending, [...(byEnding.get(ending) ?? []), form])
  }
  return bytes => {
    const found = new Set<string>()
    for (let at = 0, ending = 0; at < bytes.length; at++) {
      ending = (ending << 8) | (bytes[at] as number)
      if (!ends[scattered(ending)]) continue
      for (const { name, bytes: form } of byEnding.get(ending) ?? [])
        if (bytes.subarray(Math.max(0, at + 1 - form.length), at + 1).equals(form)) found.add(name)
    }
    return found
  }
}

const scattered = (four: number): number => Math.imul(four, 0x9e3779b1) >>> 12
