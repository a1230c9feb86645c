import { SitemapIndexStream, SitemapStream, streamToPromise } from 'sitemap'
import type { Article, ArticlesService } from '../articles/index.js'
import type { Identity } from '../site/index.js'
import type { DistributionServices } from './routes.js'

/** Fewer than the protocol's 50,000, so that one chunk is made without holding anything up. */
const CHUNK = 10_000

type Entry = Parameters<SitemapStream['write']>[0]

/** The index of all sitemaps: one of pages and one for every chunk of articles. */
export async function sitemapIndex(articles: ArticlesService, origin: string): Promise<Buffer> {
  const ends = await articles.reading.chunkEnds(CHUNK)
  const index = new SitemapIndexStream()
  index.write({ url: `${origin}/sitemap-pages.xml` })
  for (let chunk = 1; chunk <= ends.length + 1; chunk++) {
    index.write({ url: `${origin}/sitemap-articles-${chunk}.xml` })
  }
  return finished(index)
}

/**
 * One chunk of articles, counted from 1.
 * @returns undefined when there is no such chunk
 */
export async function articleSitemap(
  articles: ArticlesService,
  origin: string,
  chunk: number,
): Promise<Buffer | undefined> {
  const after = chunk === 1 ? '' : (await articles.reading.chunkEnds(CHUNK))[chunk - 2]
  if (after === undefined) return undefined
  const addresses = await articles.reading.addresses(CHUNK, after)
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

function sitemap(origin: string, entries: Entry[]): Promise<Buffer> {
  const stream = new SitemapStream({
    hostname: origin,
    xmlns: { news: true, xhtml: false, image: false, video: false },
  })
  for (const entry of entries) stream.write(entry)
  return finished(stream)
}

function finished(stream: SitemapStream | SitemapIndexStream): Promise<Buffer> {
  stream.end()
  return streamToPromise(stream)
}
