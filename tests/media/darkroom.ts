import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { LightMyRequestResponse } from 'fastify'
import sharp, { type Sharp } from 'sharp'
import type { Colleague } from '../support/desk.js'
import type { Press } from '../support/press.js'
import { multipart } from '../support/tips.js'

export interface Sent {
  pictures: {
    id: string
    name: string
    src: string
    srcset: string
    width: number
    height: number
    alt: string
  }[]
  problems: { file: string; problem: string }[]
}

/** A photograph of nothing: colours that differ everywhere, so that its size is that of a real one. */
export function photograph(width = 1200, height = 800, colour = '#7a8a4c'): Sharp {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: colour,
      noise: { type: 'gaussian', mean: 120, sigma: 30 },
    },
  })
}

export const jpeg = (width?: number, height?: number, colour?: string): Promise<Buffer> =>
  photograph(width, height, colour).jpeg().toBuffer()

/** Sends files to an address of the desk as its pages do. */
export async function send(
  press: Press,
  who: Colleague,
  files: { name: string; content: Buffer | string; field?: string }[],
  { url = '/admin/media', headers = { accept: 'application/json' } as Record<string, string> } = {},
): Promise<LightMyRequestResponse> {
  const body = multipart({ csrf: await who.token() }, files)
  return press.http.inject({
    method: 'POST',
    url,
    payload: body.payload,
    headers: { ...body.headers, cookie: who.cookie, ...headers },
  })
}

/** Uploads one picture that is taken. */
export async function upload(press: Press, who: Colleague, name: string, content?: Buffer) {
  const answer = await send(press, who, [{ name, content: content ?? (await jpeg(240, 160)) }])
  const [picture] = (answer.json() as Sent).pictures
  if (!picture) throw new Error(`It was not taken: ${answer.body}`)
  return picture
}

/** Every file that the library keeps, public or private, below the data directory. */
export function keptFiles({ dataDir }: Press): string[] {
  return ['media', 'media-originals'].flatMap(folder =>
    readdirSync(path.join(dataDir, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => `${folder}/${entry.name}`),
  )
}
