import type { Token } from 'markdown-it'
import { reportOf } from './blocks.js'
import { groups } from './groups.js'
import { plainTable } from './plain-table.js'
import { sanitise } from './sanitise.js'
import { underlined, wrapped } from './wrap.js'

export interface PlainOptions {
  /** columns that a line takes at most, unless a word or an address is longer */
  width: number
  /** what stands behind the words of a link: ` [3]` */
  link(href: string): string
  /** what stands where the text refers to its footnote of that number: ` (note 2)` */
  note(number: number): string
  /** writes an ISO date for readers */
  date(iso: string): string
  /** how many of the top-level blocks; all when not said */
  blocks?: number
}

// What is quoted within quotations within lists still has words in its lines.
const NARROWEST = 24

type Writer = (group: Token[], options: PlainOptions) => string[]

/**
 * Writes a text as plain text that reads well in a mail: headings underlined, quotations with `>`, other outlets' reports with
 * `|` and their credit. From what the author wrote, not from HTML.
 * @returns the lines of each top-level block
 */
export function plainBlocks(tokens: Token[], options: PlainOptions): string[][] {
  return groups(tokens)
    .slice(0, options.blocks)
    .map(group => plain(group, options))
}

function plain(group: Token[], options: PlainOptions): string[] {
  const [first] = group
  const write = first && writers[first.type]
  return write ? write(group, options) : []
}

const inner = (group: Token[]) => group.slice(1, -1)

/** What stands inside a block, its own blocks parted by an empty line. */
function body(group: Token[], options: PlainOptions, indent: string, first = indent): string[] {
  const narrow = {
    ...options,
    width: Math.max(NARROWEST, options.width - Math.max(indent.length, first.length)),
  }
  const blocks = groups(inner(group))
  // Paragraphs of a tight list stand close.
  const gap = blocks.some(([open]) => open?.type === 'paragraph_open' && !open.hidden) ? [''] : []
  return blocks
    .map(block => plain(block, narrow))
    .filter(lines => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : [...gap, ...lines]))
    .map((line, index) => `${index === 0 ? first : indent}${line}`.trimEnd())
}

const writers: Record<string, Writer> = {
  paragraph_open: ([open, inline], options) =>
    open?.tag === 'figure'
      ? figure(inline as Token, options)
      : wrapped(words(inline?.children ?? [], options), options.width),
  heading_open: ([, inline], options) => {
    const lines = wrapped(words(inline?.children ?? [], options), options.width)
    return underlined(lines, '-')
  },
  blockquote_open: (group, options) => body(group, options, '> '),
  bullet_list_open: (group, options) => list(group, options, () => '- '),
  ordered_list_open: (group, options) => {
    const start = Number(group[0]?.attrGet('start') ?? 1)
    return list(group, options, index => `${start + index}. `)
  },
  fence: ([token]) => code(token),
  code_block: ([token]) => code(token),
  hr: () => ['* * *'],
  table_open: (group, options) =>
    plainTable(group, options.width, cell => words(cell.children ?? [], options)),
  html_block: ([token], options) =>
    sanitise(token?.content ?? '')
      .split(/\n{2,}|<\/(?:p|div|li|tr|h[2-6])>/)
      .flatMap(part => wrapped(withoutTags(part), options.width)),
  container_report_open: (group, options) => [
    ...credit(group[0] as Token, options),
    ...body(group, options, '| '),
  ],
  container_note_open: (group, options) => ['Editor’s note:', ...body(group, options, '  ')],
  container_pullquote_open: (group, options) => body(group, options, '    '),
  footnote_block_open: (group, options) =>
    groups(inner(group)).flatMap((footnote, index) => {
      const number = Number(footnote[0]?.meta?.id ?? index) + 1
      return body(footnote, options, '    ', `${options.note(number).trim()} `)
    }),
}

function list(group: Token[], options: PlainOptions, mark: (index: number) => string): string[] {
  const items = groups(inner(group))
  const loose = items.some(item => item.some(token => token.type === 'paragraph_open' && !token.hidden))
  return items.flatMap((item, index) => {
    const lines = body(item, options, ' '.repeat(mark(index).length), mark(index))
    return loose && index > 0 ? ['', ...lines] : lines
  })
}

function code(token: Token | undefined): string[] {
  return (token?.content ?? '')
    .replace(/\n$/, '')
    .split('\n')
    .map(line => `    ${line}`.trimEnd())
}

function figure(inline: Token, options: PlainOptions): string[] {
  const image = inline.children?.find(token => token.type === 'image')
  const [caption = '', credit = ''] = String(image?.attrGet('title') ?? '')
    .split('|')
    .map(part => part.trim())
  const alt = words(image?.children ?? [], options)
  const said = [caption, credit && `(${credit})`].filter(Boolean).join(' ')
  return [
    ...(alt ? wrapped(`[Picture: ${alt}]`, options.width) : []),
    ...(said ? wrapped(said, options.width) : []),
  ]
}

function credit(token: Token, options: PlainOptions): string[] {
  const { outlet, url, headline, byline, published, updated } = reportOf(token.info)
  const when = [
    byline && `By ${byline}`,
    published && `published ${options.date(published)}`,
    updated && `updated ${options.date(updated)}`,
  ].filter(Boolean)
  return [
    ...wrapped(`Reported by ${outlet}${url ? options.link(url) : ''}:`, options.width),
    ...(headline ? wrapped(`“${headline}”`, options.width) : []),
    ...(when.length ? wrapped(when.join(' · '), options.width) : []),
  ]
}

/** The words of a line of text; breaks that the author set stay. */
function words(tokens: Token[], options: PlainOptions): string {
  let text = ''
  const hrefs: string[] = []
  let linkStart = 0
  for (const token of tokens) {
    if (token.type === 'link_open') {
      hrefs.push(String(token.attrGet('href') ?? ''))
      linkStart = text.length
    } else if (token.type === 'link_close')
      text += linkMark(hrefs.pop() ?? '', text.slice(linkStart), options)
    else text += word(token, options)
  }
  return text
}

// An address that stands there in full is its own link; a jump inside the page leads nowhere in a mail.
function linkMark(href: string, label: string, options: PlainOptions): string {
  const same = (address: string) => address.replace(/^(mailto:|https?:\/\/)/, '').replace(/\/$/, '')
  return !href || href.startsWith('#') || same(href) === same(label.trim()) ? '' : options.link(href)
}

function word(token: Token, options: PlainOptions): string {
  switch (token.type) {
    case 'text':
    case 'code_inline':
      return token.content
    case 'softbreak':
      return ' '
    case 'hardbreak':
      return '\n'
    case 'image':
      return words(token.children ?? [], options) || 'Picture'
    case 'footnote_ref':
      return options.note(Number(token.meta?.id ?? 0) + 1)
    case 'html_inline':
      return /^<br\b/i.test(token.content) ? '\n' : ''
    default:
      return ''
  }
}

// What is left after the sanitiser holds no other entities than these.
function withoutTags(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
}
