import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { jpeg, photograph } from './darkroom.js'

const chunk = (type: string, content: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const length = Buffer.alloc(4)
  const sum = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32 ? crc32(named) : ownCrc32(named))
  return Buffer.concat([length, named, sum])
}

function ownCrc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** A PNG that declares a size and holds whatever pixels are given, packed. */
function png(width: number, height: number, pixels: Buffer, more: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8) // one bit of grey
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const zeros = (megabytes: number) => deflateSync(Buffer.alloc(megabytes * 1_048_576), { level: 9 })

/** A GIF of many frames of one pixel each. */
function movingGif(frames: number): Buffer {
  const head = Buffer.from('GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff', 'latin1')
  const frame = Buffer.from(
    '\x21\xf9\x04\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00',
    'latin1',
  )
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')])
}

/** An animated WebP of many frames of 16 pixels: the frames of a real still, repeated in the animation's container. */
async function movingWebp(frames: number): Promise<Buffer> {
  const still = await photograph(16, 16).webp().toBuffer()
  const image = still.subarray(12)
  const riff = (type: string, content: Buffer) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(content.length)
    return Buffer.concat([Buffer.from(type), size, content, Buffer.alloc(content.length % 2)])
  }
  const extended = Buffer.from([2, 0, 0, 0, 15, 0, 0, 15, 0, 0])
  const frame = riff(
    'ANMF',
    Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 40, 0, 0, 0]), image]),
  )
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    riff('VP8X', extended),
    riff('ANIM', Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => frame),
  ])
  return riff('RIFF', body)
}

/** Files that must not get in, by the name that they come under. */
export async function refused(): Promise<[string, Buffer][]> {
  const whole = await jpeg(1600, 1200)
  const wholePng = await photograph(400, 300).png().toBuffer()
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  return [
    ['bomb-declared.png', png(50_000, 50_000, deflateSync(Buffer.alloc(1_000)))],
    ['bomb-packed.png', png(50_000, 50_000, zeros(300))],
    ['bomb-just-too-large.png', png(7_072, 7_072, deflateSync(Buffer.alloc(885 * 7_072)))],
    ['drawing.svg', Buffer.from(svg)],
    ['drawing.png', Buffer.from(`<?xml version="1.0"?>\n<!-- -->${svg}`)],
    ['late.svg', Buffer.from(`${' '.repeat(600)}${svg}`)],
    ['empty.jpg', Buffer.alloc(0)],
    ['one-byte.jpg', Buffer.from([0xff])],
    ['truncated.jpg', whole.subarray(0, whole.length / 2)],
    ['truncated.png', wholePng.subarray(0, wholePng.length / 2)],
    ['head-only.jpg', whole.subarray(0, 300)],
    ['text.jpg', Buffer.from('This is a letter to the editor.\n'.repeat(100))],
    ['page.jpg', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['gif-and-script.gif', Buffer.from('GIF89a/*\x01\x00\x01\x00*/=1;alert(1);//', 'latin1')],
    ['pdf-and-jpeg.jpg', Buffer.concat([Buffer.from('%PDF-1.4\n1 0 obj\nstream\n'), whole])],
    ['photo.heic', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')],
    ['avif-without-picture.avif', Buffer.from('\0\0\0\x18ftypavif\0\0\0\0mif1avif', 'latin1')],
    ['moving.gif', movingGif(5_000)],
    ['moving.webp', await movingWebp(3_000)],
    [
      'strip.png',
      await sharp({ create: { width: 20_000, height: 20, channels: 3, background: '#fff' } })
        .png()
        .toBuffer(),
    ],
    ['tiff.jpg', await photograph(50, 50).tiff().toBuffer()],
  ]
}

export const PAYLOAD = '<script>alert("payload")</script>'

/** Pictures that are something else as well: they are taken, but what is public is drawn anew. */
export async function polyglots(): Promise<[string, Buffer][]> {
  const whole = await jpeg(600, 400)
  const comment = Buffer.from(PAYLOAD)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(comment.length + 2)
  const small = await photograph(40, 30).gif().toBuffer()
  return [
    [
      'html-in-comment.jpg',
      Buffer.concat([whole.subarray(0, 2), Buffer.from([0xff, 0xfe]), size, comment, whole.subarray(2)]),
    ],
    ['html-after-end.jpg', Buffer.concat([whole, comment])],
    ['script-after-end.gif', Buffer.concat([small, comment])],
    [
      'text-chunk.png',
      png(8, 8, deflateSync(Buffer.alloc(16)), [
        chunk('tEXt', Buffer.concat([Buffer.from('Comment\0'), comment])),
      ]),
    ],
    [
      'archive-after-end.png',
      Buffer.concat([await photograph(60, 40).png().toBuffer(), Buffer.from('PK\x03\x04'), comment]),
    ],
  ]
}

/** Pictures that are small and stay so, whatever else they unpack to: a bomb in a comment, and more rows than are declared. */
export function packedBeside(): [string, Buffer][] {
  const comment = chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), zeros(500)]))
  return [
    ['bomb-in-comment.png', png(8, 8, deflateSync(Buffer.alloc(16)), [comment])],
    ['bomb-in-rows.png', png(8, 8, zeros(500))],
  ]
}

/** The most pixels that are taken, in the form that takes the most memory to decode. */
export function largest(): Promise<Buffer> {
  return sharp({ create: { width: 7_071, height: 7_071, channels: 3, background: '#7a8a4c' } })
    .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
    .toBuffer()
}
