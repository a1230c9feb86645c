import { createRequire } from 'node:module'
import { onFirstUse } from './first-use.js'

// Its table of letters takes a start a dozen milliseconds, and no start asks for it.
const library = onFirstUse((): typeof import('@sindresorhus/slugify') =>
  createRequire(import.meta.url)('@sindresorhus/slugify'),
)

/** A text as words in small Latin letters, joined by hyphens; empty where its script cannot be written so. */
export const slugify = (text: string): string => library().default(text)
