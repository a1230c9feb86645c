import type { FileHandle } from 'node:fs/promises'

// https://sqlite.org/fileformat2.html, "The Write-Ahead Log"
const HEADER = 32
const FRAME_HEADER = 24
const LITTLE_ENDIAN = 0x377f0682

/**
 * Writes a log's committed frames over themselves, so that the system takes their pages for new and hands them to the disk once
 * more. What the system had dropped meanwhile is noticed by the log's own checksums. Nobody may write to the log meanwhile.
 * @param frames how many of them are committed
 * @throws when the log does not hold what was written to it any more
 */
export async function rewriteFrames(log: FileHandle, frames: number): Promise<void> {
  if (frames === 0) return
  const header = await readAll(log, 0, HEADER)
  const sum = checksum(header.readUInt32BE(0) === LITTLE_ENDIAN)
  const size = FRAME_HEADER + header.readUInt32BE(8)
  let known = sum([0, 0], header.subarray(0, 24))
  if (!isSum(known, header, 24)) throw lost()
  await log.write(header, 0, HEADER, 0)
  for (let number = 0; number < frames; number++) {
    const place = HEADER + number * size
    const frame = await readAll(log, place, size)
    known = sum(sum(known, frame.subarray(0, 8)), frame.subarray(FRAME_HEADER))
    if (!isSum(known, frame, 16)) throw lost()
    await log.write(frame, 0, size, place)
  }
}

type Sum = [number, number]

const isSum = ([first, second]: Sum, bytes: Buffer, offset: number): boolean =>
  bytes.readUInt32BE(offset) === first && bytes.readUInt32BE(offset + 4) === second

function checksum(isLittleEndian: boolean): (from: Sum, bytes: Buffer) => Sum {
  return ([first, second], bytes) => {
    const word = (offset: number) =>
      isLittleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset)
    for (let offset = 0; offset < bytes.length; offset += 8) {
      first = (first + word(offset) + second) >>> 0
      second = (second + word(offset + 4) + first) >>> 0
    }
    return [first, second]
  }
}

async function readAll(log: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await log.read(bytes, 0, length, position)
  if (bytesRead < length) throw lost()
  return bytes
}

const lost = () => new Error('The log of the database does not hold any more what was written to it.')
