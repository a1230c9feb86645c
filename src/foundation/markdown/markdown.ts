import { LRUCache } from 'lru-cache'
import type { Token } from 'markdown-it'
import type { Report } from './blocks.js'
import { decodeAddress, type Picture } from './figures.js'
import { groups } from './groups.js'
import { articleParser } from './parser.js'
import { type PlainOptions, plainBlocks } from './plain.js'
import { sanitise } from './sanitise.js'

/** A Markdown text that has been read: what it says and what it needs to be shown. */
interface Manuscript {
  body: string
  /** the words alone, for search, descriptions and counting */
  text: string
  words: number
  /** minutes that reading takes, at least one */
  minutes: number
  /** the names under which the text refers to pictures */
  images: string[]
  /** the other outlets' reports that it rests on */
  reports: Report[]
}

/** What a text was taken apart into: three times as large as all that is kept of it. */
interface Parsed {
  tokens: Token[]
  env: { reports: Report[]; date(iso: string): string }
}

export interface Markdown {
  /** Reads a text; the same text is read once. */
  read(body: string): Manuscript
  /** What a text says and the pictures that it names, for one that is taken in and not shown: nothing of it is remembered. */
  skim(body: string): Pick<Manuscript, 'text' | 'images'>
  /** Renders what was read as safe HTML. `pictures` by the names that the text uses. */
  html(manuscript: Manuscript, pictures?: ReadonlyMap<string, Picture>): string
  /** The same block by block, where a text may be cut: each of its top-level blocks is safe HTML by itself. */
  blocks(manuscript: Manuscript, pictures?: ReadonlyMap<string, Picture>): string[]
  /** Lines of plain text for each of the same blocks. */
  plain(manuscript: Manuscript, options: Omit<PlainOptions, 'date'>): string[][]
  /** Safe HTML of a short text without block markup around it. */
  inline(text: string): string
  /** The words alone of such a text. */
  words(text: string): string
}

const megabytes = (count: number) => count * 1_048_576

/**
 * @param language of the text, BCP 47; decides the quotation marks
 * @param date writes an ISO date for readers
 */
export function createMarkdown({
  language,
  date,
}: {
  language: string
  date(iso: string): string
}): Markdown {
  const parser = articleParser(language)
  // A line beside an article has no foot for notes, and their ids would stand on the page twice.
  const line = articleParser(language).disable(['footnote_inline', 'footnote_ref'])
  // What was read, its words and its page. Letters beyond Latin-1, as good quotation marks are, take two bytes each.
  const manuscripts = new LRUCache<string, Manuscript>({
    maxSize: megabytes(12),
    sizeCalculation: manuscript => manuscript.body.length * 8 + 1,
  })
  // Only until the page is there, for which it is taken: what else asks for it is rare, and takes the text apart again.
  const parsed = new LRUCache<string, Parsed>({
    maxSize: megabytes(4),
    sizeCalculation: (_parsed, body) => body.length * 26 + 1,
  })
  // Beside what was read, so that the long text is no key once more; with the pictures that it was rendered with.
  const pages = new WeakMap<Manuscript, { shown: string; html: string }>()
  const lines = shortTexts()
  const spoken = shortTexts()

  const takenApart = (body: string): Parsed => {
    const env = { reports: [], date }
    return { tokens: parser.parse(body, env), env }
  }
  const parse = ({ body }: Pick<Manuscript, 'body'>): Parsed => remember(parsed, body, () => takenApart(body))

  const read = (body: string): Manuscript => {
    const { tokens, env } = parse({ body })
    const text = plainText(tokens)
    return { body, text, ...readingTime(text), images: imagesIn(tokens), reports: env.reports }
  }
  const render = ({ tokens, env }: Parsed, pictures: ReadonlyMap<string, Picture>): string =>
    sanitise(parser.renderer.render(tokens, parser.options, { ...env, pictures }))

  return {
    read: body => remember(manuscripts, body, () => read(body)),
    skim: body => {
      const { tokens } = takenApart(body)
      return { text: plainText(tokens), images: imagesIn(tokens) }
    },
    html: (manuscript, pictures = new Map()) => {
      const shown = [...pictures]
        .map(([name, { src, sources }]) => `${name} ${src} ${sources.length}`)
        .join('\n')
      const before = pages.get(manuscript)
      if (before?.shown === shown) return before.html
      const html = render(parse(manuscript), pictures)
      parsed.delete(manuscript.body)
      pages.set(manuscript, { shown, html })
      return html
    },
    blocks: (manuscript, pictures = new Map()) => {
      const { tokens, env } = parse(manuscript)
      return groups(tokens).map(tokens => render({ tokens, env }, pictures))
    },
    plain: (manuscript, options) => plainBlocks(parse(manuscript).tokens, { ...options, date }),
    words: text => remember(spoken, text, () => plainText(line.parseInline(text, { pictures: new Map() }))),
    inline: text => remember(lines, text, () => sanitise(line.renderInline(text, { pictures: new Map() }))),
  }
}

/** What short texts were made into, by the texts. */
function shortTexts(): LRUCache<string, string> {
  return new LRUCache({ maxSize: megabytes(2), sizeCalculation: made => made.length * 2 + 1 })
}

function remember<V extends {}>(cache: LRUCache<string, V>, key: string, make: () => V): V {
  let value = cache.get(key)
  if (value === undefined) {
    value = make()
    cache.set(key, value)
  }
  return value
}

// 230 words a minute; scripts without spaces are counted by the character, at 500 a minute.
function readingTime(text: string): { words: number; minutes: number } {
  const words = text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0
  const spaceless = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu,
  )
  const minutes = spaceless ? spaceless.length / 500 : words / 230
  return { words, minutes: Math.max(1, Math.round(minutes)) }
}

function imagesIn(tokens: Token[]): string[] {
  const images = tokens.flatMap(token => token.children ?? []).filter(token => token.type === 'image')
  return [...new Set(images.map(token => decodeAddress(token.attrGet('src'))))]
}

function plainText(tokens: Token[]): string {
  return tokens
    .filter(token => token.type === 'inline' || token.type === 'fence' || token.type === 'code_block')
    .map(token => (token.children ? token.children.map(words).join('') : token.content))
    .join('\n')
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ')
    .trim()
}

function words(token: Token): string {
  if (token.type === 'softbreak' || token.type === 'hardbreak') return ' '
  if (token.type === 'text' || token.type === 'code_inline' || token.type === 'image') return token.content
  return ''
}
