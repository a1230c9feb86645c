import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** A passage as bytes. */
interface Plate {
  bytes: Buffer
  digest: Buffer
}

/** A page as it goes out. */
export interface Printed {
  body: Buffer
  /** tells its bytes from others; 27 characters that an ETag may hold */
  digest: string
}

/** Puts a passage in its place in a page that is being set. */
export type Cast = (passage: string) => string

const CAPACITY = 4 * 1_048_576
const OVERHEAD = 500

// As much as pages take without their plates; what a longer one needs is given back.
const ROOM = 262_144

/**
 * Long passages that stand on page after page, as styles and an article's text do, are cast once as plates: to write them as UTF-8
 * and to digest them takes longer than to set all the rest of a page. A page is set with marks in their places.
 */
export function openFoundry() {
  // Whoever writes texts cannot know it.
  const mark = `<plate ${randomBytes(18).toString('base64url')}`
  const cast = new LRUCache<string, Plate>({
    maxSize: CAPACITY,
    sizeCalculation: ({ bytes }, passage) => bytes.length + passage.length * 2 + OVERHEAD,
  })
  let room = Buffer.alloc(ROOM)

  const plateOf = (passage: string): Plate => {
    const known = cast.get(passage)
    if (known) return known
    const bytes = Buffer.from(passage)
    const plate = { bytes, digest: createHash('sha256').update(bytes).digest() }
    cast.set(passage, plate)
    return plate
  }

  /** Writes a text behind what is in the room already. @returns its length in bytes */
  const write = (text: string, at: number): number => {
    const needed = at + text.length * 3
    if (needed > room.length) {
      const larger = Buffer.alloc(needed)
      room.copy(larger, 0, 0, at)
      room = larger
    }
    return room.write(text, at)
  }

  return {
    /** @param set writes the page, with what is cast in the place of each long passage */
    print(set: (cast: Cast) => string): Printed {
      const plates: Plate[] = []
      const text = set(passage => `${mark}${plates.push(plateOf(passage)) - 1}>`)
      const [head = '', ...rest] = text.split(mark)
      const lengths = [write(head, 0)]
      let written = lengths[0] as number
      let length = written
      const placed: Plate[] = []
      for (const part of rest) {
        const end = part.indexOf('>')
        const plate = plates[Number(part.slice(0, end))] as Plate
        const bytes = write(part.slice(end + 1), written)
        placed.push(plate)
        lengths.push(bytes)
        written += bytes
        length += plate.bytes.length + bytes
      }
      const page = { body: assembled(lengths, placed, length), digest: digestOf(lengths, placed, written) }
      // Some pages show what must not stay in memory.
      room = room.length > ROOM ? Buffer.alloc(ROOM) : room.fill(0, 0, written)
      return page
    },
  }

  function assembled(lengths: number[], plates: Plate[], length: number): Buffer {
    const body = Buffer.allocUnsafeSlow(length)
    let from = 0
    let to = 0
    for (const [index, bytes] of lengths.entries()) {
      room.copy(body, to, from, from + bytes)
      from += bytes
      to += bytes
      const plate = plates[index]
      if (plate) to += plate.bytes.copy(body, to)
    }
    return body
  }

  // Of the same parts in the same places: nothing else gives the same bytes but what is cut otherwise.
  function digestOf(lengths: number[], plates: Plate[], written: number): string {
    const hash = createHash('sha256').update(room.subarray(0, written))
    hash.update(Buffer.concat([...plates.map(({ digest }) => digest), Buffer.from(lengths.join())]))
    return hash.digest('base64url').slice(0, 27)
  }
}
