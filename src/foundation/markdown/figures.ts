import type { MarkdownIt, StateCore, Token } from 'markdown-it'
import { escapeHtml } from '../escape.js'

/** A picture that this site serves itself. `src` and `srcset` are addresses under /media/. */
export interface Picture {
  src: string
  srcset: string
  /** the same in smaller formats, best first, for browsers that know them */
  sources: { type: string; srcset: string }[]
  width: number
  height: number
  /** classes that keep what matters in sight where the layout crops */
  focus: string
}

/** What rendering needs to show pictures. */
interface FigureEnvironment {
  /** the pictures of this text by the name it uses for them */
  pictures: ReadonlyMap<string, Picture>
}

/** The width that a picture takes in the column of text; the layout in site.css keeps to it. */
const columnSizes = '(min-width: 44rem) 42rem, 100vw'

/**
 * A picture alone in a paragraph becomes a figure (the image's title is its caption; what follows `|` in it, the
 * credit), and a web link alone in a paragraph becomes a card: what other sites do with an embedded frame.
 */
export function figures(parser: MarkdownIt): void {
  parser.core.ruler.push('figures', state => {
    for (let index = 0; index < state.tokens.length - 2; index++) {
      const [open, inline, close] = state.tokens.slice(index, index + 3) as [Token, Token, Token]
      if (open.type !== 'paragraph_open' || inline.type !== 'inline' || open.hidden) continue
      const children = inline.children ?? []
      if (children.length === 1 && children[0]?.type === 'image') asFigure(state, open, inline, close)
      else if (isWebLink(children)) asLinkCard(state, open, children)
    }
  })
  parser.renderer.rules.image = (tokens, index, options, env) => {
    const token = tokens[index] as Token
    const alt = parser.renderer.renderInlineAsText(token.children ?? [], options, env)
    return image(token, escapeHtml(alt), env as never)
  }
}

function asFigure(state: StateCore, open: Token, inline: Token, close: Token): void {
  const title = String(inline.children?.[0]?.attrGet('title') ?? '')
  const [caption = '', credit = ''] = title.split('|').map(part => part.trim())
  open.tag = close.tag = 'figure'
  if (!caption && !credit) return
  const figcaption = new state.Token('html_inline', '', 0)
  figcaption.content =
    `<figcaption>${escapeHtml(caption)}` +
    `${credit ? ` <small class="credit">${escapeHtml(credit)}</small>` : ''}</figcaption>`
  inline.children?.push(figcaption)
}

function isWebLink(children: Token[]): boolean {
  const first = children[0]
  const linkEnds = children.findIndex(token => token.type === 'link_close')
  return (
    first?.type === 'link_open' &&
    linkEnds === children.length - 1 &&
    /^https?:\/\//.test(String(first.attrGet('href'))) &&
    !children.some(token => token.type === 'image')
  )
}

function asLinkCard(state: StateCore, open: Token, children: Token[]): void {
  const href = String(children[0]?.attrGet('href'))
  if (!URL.canParse(href)) return
  open.attrSet('class', 'link-card')
  const host = new state.Token('html_inline', '', 0)
  host.content = ` <span class="host">${escapeHtml(new URL(href).host)}</span>`
  children.splice(children.length - 1, 0, host)
}

function image(token: Token, alt: string, { pictures }: FigureEnvironment): string {
  const name = decodeAddress(token.attrGet('src'))
  const picture = pictures.get(name)
  // A picture on somebody else's server would tell them who reads; it becomes a link.
  if (!picture) return `<a href="${escapeHtml(name)}">${alt || 'Picture'}</a>`
  const img =
    `<img src="${picture.src}" srcset="${picture.srcset}" sizes="${columnSizes}" width="${picture.width}" ` +
    `height="${picture.height}" alt="${alt}" loading="lazy" decoding="async">`
  const sources = picture.sources.map(
    ({ type, srcset }) => `<source type="${type}" srcset="${srcset}" sizes="${columnSizes}">`,
  )
  return sources.length ? `<picture>${sources.join('')}${img}</picture>` : img
}

/** The address as the author wrote it; stray percent signs stay as they are. */
export function decodeAddress(address: string | number | null): string {
  try {
    return decodeURI(String(address ?? ''))
  } catch {
    return String(address ?? '')
  }
}
