import type { MarkdownIt } from 'markdown-it'
import container from 'markdown-it-container'
import { z } from 'zod'
import { escapeHtml } from '../escape.js'

const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/)
const webAddress = z.url({ protocol: /^https?$/ })

/** Who reported what, as a `report` block records it: what we owe the other outlet in credit. */
export const Report = z.object({
  outlet: z.string().min(1).catch('Another outlet'),
  byline: z.string().min(1).optional().catch(undefined),
  headline: z.string().min(1).optional().catch(undefined),
  url: webAddress.optional().catch(undefined),
  published: instant.optional().catch(undefined),
  updated: instant.optional().catch(undefined),
})
export type Report = z.infer<typeof Report>

/** What rendering needs besides the text itself. */
interface BlockEnvironment {
  /** writes a date for readers, in the site's language */
  date(iso: string): string
  /** collects the syndication records in the order of the text */
  reports: Report[]
}

/** The fenced blocks `report`, `note` and `pullquote` (`::: report outlet="…"`). */
export function blocks(parser: MarkdownIt): void {
  parser.use(container, 'report', {
    validate: (line: string) => /^report(\s|$)/.test(line.trim()),
    render: (tokens: Tokens, index: number, _options: unknown, env: BlockEnvironment) =>
      opening(tokens, index) ? reportOpening(reportOf(tokens[index]?.info ?? ''), env) : '</div></div>\n',
  })
  parser.use(container, 'note', {
    render: (tokens: Tokens, index: number) =>
      opening(tokens, index)
        ? '<div class="note" role="note"><p class="label">Editor’s note</p>\n'
        : '</div>\n',
  })
  parser.use(container, 'pullquote', {
    render: (tokens: Tokens, index: number) =>
      opening(tokens, index) ? '<div class="pullquote">\n' : '</div>\n',
  })
  parser.core.ruler.push('reports', state => {
    const env = state.env as unknown as BlockEnvironment
    for (const token of state.tokens) {
      if (token.type === 'container_report_open') env.reports.push(reportOf(token.info))
    }
  })
}

type Tokens = { nesting: number; info: string }[]

const opening = (tokens: Tokens, index: number) => tokens[index]?.nesting === 1

/** Who reported what, by what stands behind `::: report`. */
export function reportOf(info: string): Report {
  const attributes = [...info.matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)]
  return Report.parse(
    Object.fromEntries(
      attributes.map(([, name, value = '']) => [name, value.replace(/\\(.)/g, '$1').trim()]),
    ),
  )
}

function reportOpening(report: Report, env: BlockEnvironment): string {
  const headline = report.headline && `<cite class="headline">${escapeHtml(report.headline)}</cite>`
  const dates = [
    report.published && `published ${time(report.published, env)}`,
    report.updated && `updated ${time(report.updated, env)}`,
  ]
  const credit = [report.byline && `By ${escapeHtml(report.byline)}`, ...dates].filter(Boolean).join(' · ')
  return [
    `<div class="report" role="group" aria-label="Reported by ${escapeHtml(report.outlet)}">`,
    `<p class="label">Reported by ${linked(report, `<cite>${escapeHtml(report.outlet)}</cite>`)}</p>`,
    headline && `<p class="report-headline">${linked(report, headline)}</p>`,
    credit && `<p class="credit">${credit}</p>`,
    '<div class="reported">\n',
  ]
    .filter(Boolean)
    .join('\n')
}

function linked({ url }: Report, html: string): string {
  return url ? `<a href="${escapeHtml(url)}">${html}</a>` : html
}

function time(iso: string, env: BlockEnvironment): string {
  return `<time datetime="${escapeHtml(iso)}">${escapeHtml(env.date(iso))}</time>`
}
