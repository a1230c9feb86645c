/** Takes a stream apart by lengths. */
export interface ByteReader {
  /** So many bytes, or fewer where the stream ends before. */
  upTo(length: number): Promise<Buffer>
  /** The next bytes, as they come, until there were so many or the stream ended. */
  pass(length: number): AsyncGenerator<Buffer>
}

export function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  /** The next bytes, at most so many; none at the end. */
  const next = async (most: number): Promise<Buffer> => {
    while (rest.length === 0) {
      const { value, done } = await chunks.next()
      if (done) return rest
      rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    const some = rest.subarray(0, most)
    rest = rest.subarray(some.length)
    return some
  }

  async function* pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const some = await next(left)
      if (some.length === 0) return
      left -= some.length
      yield some
    }
  }

  return {
    pass,
    async upTo(length) {
      const pieces: Buffer[] = []
      for await (const piece of pass(length)) pieces.push(piece)
      return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    },
  }
}
