import { slugify } from '../foundation/slugify.js'
import { extensions } from './formats.js'
import type { PictureType } from './schema.js'

/**
 * Names under which texts may refer to a new picture, the best first: `2026/11/front-door.jpg`, then with numbers.
 * They hold nothing that Markdown would need escaped.
 * @param filename as the uploader's machine called it
 */
export function* namesFor(filename: string, type: PictureType, now: Date): Generator<string> {
  const base = filename
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.[a-z0-9]{1,5}$/i, '')
  const folder = now.toISOString().slice(0, 7).replace('-', '/')
  const slug = slugOf(base ?? '')
  for (let number = 1; ; number++) {
    yield `${folder}/${slug}${number === 1 ? '' : `-${number}`}.${extensions[type]}`
  }
}

// Scripts that cannot be written in Latin letters keep their own.
function slugOf(text: string): string {
  const own = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return cut(slugify(text)) || cut(own) || 'picture'
}

function cut(slug: string): string {
  return [...slug].slice(0, 80).join('').replace(/-+$/, '')
}
