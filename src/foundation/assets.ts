import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { NotFound } from './errors.js'
import type { Representation } from './representation.js'

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
}

/** A text that templates put into the page, with the hash that the Content-Security-Policy allows it by. */
interface InlineAsset {
  text: string
  hash: string
}

/** Styles, scripts and icons that belong to the program. */
export interface Assets {
  /** The asset's text for use inside a page. Throws when the program was not built. */
  inline(name: string): InlineAsset
  /** The content-hashed address of an asset: `/assets/favicon-1a2b3c4d.svg`. Throws when there is none. */
  url(name: string): string
  /** The asset's hash as an element's `integrity` names it, `sha256-…`. Throws when there is none. */
  integrity(name: string): string
  /** Serves the hashed addresses, of all files or of those whose names fit. */
  register(app: FastifyInstance, names?: RegExp): void
}

/** Keeps what was compressed of an asset, and lets brotli take its time once, since its bytes never change. */
class AssetPlace {
  former: Representation | undefined

  keep(representation: Representation): void {
    if (this.former) return
    this.former = representation
    void representation.coded('br').then(() => representation.densify())
  }
}

/** Reads every asset of the folders into memory; they are few and small. Later folders win. */
export function loadAssets(folders: string[]): Assets {
  const files = new Map<string, { body: Buffer; url: string; type: string; place: AssetPlace }>()
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const type = mediaTypes[path.extname(name)]
      if (type) files.set(name, { ...hashed(path.join(folder, name)), type, place: new AssetPlace() })
    }
  }
  // Of a script of some hundred kilobytes it takes a good part of what drawing the page does.
  const hashes = new WeakMap<Buffer, string>()
  const hashOf = (body: Buffer): string => {
    const hash = hashes.get(body) ?? `sha256-${createHash('sha256').update(body).digest('base64')}`
    hashes.set(body, hash)
    return hash
  }
  const find = (name: string) => {
    const file = files.get(name)
    if (!file) throw new Error(`There is no asset ${name}. Run npm run build.`)
    return file
  }
  return {
    inline: name => {
      const { body } = find(name)
      return { text: body.toString(), hash: hashOf(body) }
    },
    url: name => find(name).url,
    integrity: name => hashOf(find(name).body),
    register: (app, names) => {
      const chosen = [...files].filter(([name]) => names?.test(name) ?? true)
      const served = new Map(chosen.map(([, file]) => [file.url, file]))
      app.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
        const file = served.get(`/assets/${request.params.file}`)
        if (!file) throw new NotFound()
        return reply.bytes({ body: file.body, type: file.type, cache: 'immutable', place: file.place })
      })
    },
  }
}

function hashed(file: string): { body: Buffer; url: string } {
  const body = readFileSync(file)
  const { name, ext } = path.parse(file)
  const digest = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return { body, url: `/assets/${name}-${digest}${ext}` }
}
