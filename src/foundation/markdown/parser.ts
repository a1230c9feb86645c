import MarkdownIt, { type MarkdownIt as Parser } from 'markdown-it'
import anchor from 'markdown-it-anchor'
import footnote from 'markdown-it-footnote'
import { slugify } from '../slugify.js'
import { blocks } from './blocks.js'
import { figures } from './figures.js'

/** Opening and closing marks, outer then inner, by language; English where the language is not listed. */
const quotationMarks: Record<string, [string, string, string, string]> = {
  de: ['„', '“', '‚', '‘'],
  es: ['«', '»', '“', '”'],
  fr: ['«\u00a0', '\u00a0»', '‹\u00a0', '\u00a0›'],
  it: ['«', '»', '“', '”'],
  pl: ['„', '”', '«', '»'],
  ru: ['«', '»', '„', '“'],
  uk: ['«', '»', '„', '“'],
}

/** The parser with nothing added: CommonMark 0.31 to the letter, which a test checks on every example of the standard. */
export function commonMarkParser(): Parser {
  const parser = MarkdownIt('commonmark')
  // markdown-it writes an empty quotation on one line; the standard's examples have two.
  parser.renderer.rules.blockquote_open = (tokens, index, options, _env, renderer) =>
    renderer.renderToken(tokens, index, options).replace(/>$/, '>\n')
  return parser
}

/** The parser that articles are read with: CommonMark and what newsrooms need besides. */
export function articleParser(language: string): Parser {
  const parser = commonMarkParser()
  parser.set({
    typographer: true,
    quotes: quotationMarks[language.slice(0, 2)] ?? ['“', '”', '‘', '’'],
  })
  parser.enable(['table', 'strikethrough', 'replacements', 'smartquotes'])
  parser.use(footnote)
  // The prefix keeps a heading called "Newsletter" from taking the id of a part of the page.
  parser.use(anchor as never, {
    level: [1, 2, 3, 4],
    slugify: (text: string) =>
      `part-${slugify(text) || encodeURIComponent(text.toWellFormed().trim().replace(/\s+/g, '-'))}`,
    permalink: (anchor as unknown as { permalink: { headerLink(): unknown } }).permalink.headerLink(),
  })
  parser.use(blocks)
  parser.use(figures)
  // A table wider than a phone scrolls by itself, reachable by keyboard.
  parser.renderer.rules.table_open = () =>
    '<div class="table" role="group" tabindex="0" aria-label="Table"><table>\n'
  parser.renderer.rules.table_close = () => '</table></div>\n'
  return parser
}
