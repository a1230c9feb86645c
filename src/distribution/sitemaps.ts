import type { SitemapIndexStream, SitemapStream } from 'sitemap'
import type { Article, ArticlesService } from '../articles/index.js'
import type { Identity } from '../site/index.js'
import type { DistributionServices } from './routes.js'

/** Fewer than the protocol's 50,000, so that one part is made without holding anything up. */
const MOST_ARTICLES = 10_000

type Entry = Parameters<SitemapStream['write']>[0]

/** The index of all sitemaps: one of pages, one for each month of articles or, where a month holds very many, several. */
export async function sitemapIndex(articles: ArticlesService, origin: string): Promise<Buffer> {
  const months = await articles.reading.monthsHeld()
  const { SitemapIndexStream } = await import('sitemap')
  const index = new SitemapIndexStream()
  index.write({ url: `${origin}/sitemap-pages.xml` })
  for (const { month, articles: held } of months.reverse())
    for (let part = 1; part <= Math.ceil(held / MOST_ARTICLES); part++)
      index.write({ url: `${origin}/sitemap-articles-${month}-${part}.xml` })
  return finished(index)
}

/**
 * The articles of a month, in UTC, or a part of them, counted from 1.
 * @returns undefined when there are none
 */
export async function articleSitemap(
  articles: ArticlesService,
  origin: string,
  { month, part }: { month: string; part: number },
): Promise<Buffer | undefined> {
  const offset = (part - 1) * MOST_ARTICLES
  const addresses = await articles.reading.addresses(month, { limit: MOST_ARTICLES, offset })
  if (addresses.length === 0) return undefined
  return sitemap(
    origin,
    addresses.map(({ slug, changed }) => ({
      url: `/articles/${encodeURIComponent(slug)}`,
      lastmod: changed,
    })),
  )
}

/** Fewer than a sitemap may hold, with room for the rest: a paper of fifty years, an issue every day. */
const MOST_ISSUES = 20_000

/** The pages that are no articles: front page, sections, standing pages, forms, issues of the newsletter. */
export async function pageSitemap(
  { articles, newsletter, site }: Pick<DistributionServices, 'articles' | 'newsletter' | 'site'>,
  origin: string,
): Promise<Buffer> {
  const sections = await articles.reading.sections()
  const pages = await site.standingPages()
  const issues = await newsletter.issues.archive.listed(MOST_ISSUES)
  return sitemap(origin, [
    ...['/', '/archive', '/corrections', '/newsletter', '/newsletter/issues', '/tips', '/contribute'].map(
      url => ({ url }),
    ),
    ...sections.map(({ slug }) => ({ url: `/sections/${slug}` })),
    ...pages.map(({ slug, changed }) => ({ url: `/pages/${slug}`, lastmod: changed })),
    ...issues.map(({ slug, sent }) => ({
      url: `/newsletter/issues/${encodeURIComponent(slug)}`,
      lastmod: sent,
    })),
  ])
}

/** What was published in the last two days, as Google's news sitemap asks for it. */
export async function newsSitemap(
  news: Article[],
  { name, language }: Identity,
  origin: string,
): Promise<Buffer> {
  return sitemap(
    origin,
    news.map(article => ({
      url: `/articles/${encodeURIComponent(article.slug)}`,
      news: {
        publication: { name, language },
        publication_date: article.published,
        title: article.title,
      },
    })),
  )
}

// The library refuses to write one; a paper that is silent for two days has no news all the same.
const emptySitemap =
  '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'

async function sitemap(origin: string, entries: Entry[]): Promise<Buffer> {
  if (entries.length === 0) return Buffer.from(emptySitemap)
  const { SitemapStream } = await import('sitemap')
  const stream = new SitemapStream({
    hostname: origin,
    xmlns: { news: true, xhtml: false, image: false, video: false },
  })
  for (const entry of entries) stream.write(entry)
  return finished(stream)
}

async function finished(stream: SitemapStream | SitemapIndexStream): Promise<Buffer> {
  const { streamToPromise } = await import('sitemap')
  stream.end()
  return streamToPromise(stream)
}
