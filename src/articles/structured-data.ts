import type { Site } from '../site/index.js'
import { cardAddress } from './card.js'
import type { Article } from './service.js'

/**
 * The article as schema.org/NewsArticle, for search engines.
 * @param origin of the site, without a slash at its end
 */
export function newsArticle(
  article: Article,
  { identity, markdown }: Pick<Site, 'identity' | 'markdown'>,
  origin: string,
  logo: string,
): object {
  const url = `${origin}/articles/${article.slug}`
  return {
    '@context': 'https://schema.org',
    '@type': 'NewsArticle',
    mainEntityOfPage: article.canonicalUrl ?? url,
    url,
    headline: article.title,
    description: article.dek || undefined,
    inLanguage: identity.language,
    articleSection: article.sectionName,
    keywords: article.tags.map(tag => tag.name).join(', ') || undefined,
    image: [origin + cardAddress(article, identity)],
    datePublished: article.published,
    dateModified: lastModified(article),
    author: article.authors.map(author => ({
      '@type': 'Person',
      name: author.name,
      url: `${origin}/authors/${author.slug}`,
    })),
    publisher: { '@type': 'NewsMediaOrganization', name: identity.name, url: origin, logo: origin + logo },
    isAccessibleForFree: true,
    wordCount: article.words,
    correction: article.corrections.length
      ? article.corrections.map(({ at, text }) => ({
          ...{ '@type': 'CorrectionComment', datePublished: at, text: markdown.words(text) },
        }))
      : undefined,
    citation: article.reports.length ? article.reports.map(reported) : undefined,
    isBasedOn: article.reports.some(report => report.url)
      ? article.reports.flatMap(report => report.url ?? [])
      : undefined,
  }
}

/** When the article last changed for its readers: an update or a correction. */
export function lastModified({ published, updated, corrections }: Article): string {
  return corrections
    .flatMap(({ at, changed }) => [at, changed])
    .reduce((latest, at) => (at > latest ? at : latest), updated && updated > published ? updated : published)
}

function reported(report: Article['reports'][number]): object {
  return {
    '@type': 'NewsArticle',
    headline: report.headline,
    url: report.url,
    datePublished: report.published,
    dateModified: report.updated,
    author: report.byline && { '@type': 'Person', name: report.byline },
    publisher: { '@type': 'Organization', name: report.outlet },
  }
}
