import { slugify } from '../foundation/slugify.js'
import { Slug } from './schema.js'

const LONGEST = 100

/**
 * The last part of an address, made from a title or from what somebody typed for it: words in Latin letters where
 * the script can be written so, else in its own. Empty when the text has neither letters nor digits.
 */
export function slugFrom(text: string): string {
  if (Slug.safeParse(text).success) return text
  return shortened(slugify(text)) || shortened(inOwnScript(text))
}

function inOwnScript(text: string): string {
  const words =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  const slug = words.join('-')
  return Slug.safeParse(slug.slice(0, LONGEST).replace(/-+$/, '')).success ? slug : ''
}

// At the end of a word where there is one, never inside a character.
function shortened(slug: string): string {
  const characters = [...slug]
  if (characters.length <= LONGEST) return slug
  const start = characters.slice(0, LONGEST).join('')
  return start.replace(/-[^-]*$/, '') || start
}
