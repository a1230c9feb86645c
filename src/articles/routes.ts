import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Config } from '../config.js'
import { nextMonth } from '../foundation/dates.js'
import { Invalid, NotFound } from '../foundation/errors.js'
import { escapeHtml, scriptJson } from '../foundation/escape.js'
import { kept } from '../foundation/page-cache.js'
import type { SiteService } from '../site/index.js'
import { cardAddress } from './card.js'
import type { CorrectionsService } from './corrections/service.js'
import { Cursor, type Listing } from './schema.js'
import { MARK, UNMARK } from './search.js'
import type { Article, ReadingService } from './service.js'
import { shareLinks } from './share.js'
import { lastModified, newsArticle } from './structured-data.js'

export interface ArticleRouteServices {
  reading: ReadingService
  corrections: CorrectionsService
  site: SiteService
  config: Config
  logo: string
}

// A page further down than this is better found by a sharper question.
const LAST_SEARCH_PAGE = 50

const Slugged = z.object({ slug: z.string() })
const Month = z.object({ year: z.string().regex(/^\d{4}$/), month: z.string().regex(/^(0[1-9]|1[0-2])$/) })
const Beside = z.object({ before: Cursor.optional(), after: Cursor.optional() })
const Question = z.object({
  q: z.string().max(200).default(''),
  page: z.coerce.number().int().min(1).max(LAST_SEARCH_PAGE).default(1),
})

export function articleRoutes(
  scope: FastifyInstance,
  { reading, corrections, site, config, logo }: ArticleRouteServices,
): void {
  const modified = async () => {
    const changed = await site.lastChange()
    return changed ? { modified: changed } : {}
  }

  scope.get('/', kept(), async (_request, reply) => {
    const { identity, dates } = await site.site()
    const front = await reading.frontPage()
    const model = {
      description: identity.description,
      path: '/',
      kind: 'front',
      edition: front.newest && dates.weekday(front.newest.updated ?? front.newest.published),
      ...front,
    }
    return reply.page('articles/front-page', model, await modified())
  })

  scope.get('/articles/:slug', kept(), async (request, reply) => {
    const article = await reading.article(slugOf(request))
    if ('movedTo' in article) return reply.redirect(`/articles/${encodeURIComponent(article.movedTo)}`, 301)
    const model = articleModel(article, { origin: config.siteUrl, logo, site: await site.site() })
    const around = await reading.around(article)
    return reply.page('articles/article', Object.assign(model, around), await modified())
  })

  const listing = (pattern: string, describe: (request: FastifyRequest) => Promise<ListingModel>) => {
    scope.get(pattern, kept('before', 'after'), async (request, reply) => {
      const { listing, whole, ...model } = await describe(request)
      const at = valid(Beside, request.query)
      const page = await reading.page(listing, at)
      const first = !at.before && !at.after
      if (page.stories.length === 0 && !first) throw new NotFound()
      const months = whole && first ? await reading.months() : []
      const { identity } = await site.site()
      const dek = model.description
      const description = dek || `${model.label}: ${model.title}. ${identity.description || identity.name}`
      const shown = { ...model, ...page, dek, description, first, months, noindex: !first }
      return reply.page('articles/listing', shown, await modified())
    })
  }

  listing('/sections/:slug', async request => {
    const section = await reading.section(slugOf(request))
    const path = `/sections/${section.slug}`
    return {
      listing: { kind: 'section', id: section.id },
      label: 'Section',
      title: section.name,
      description: section.description,
      path,
      feeds: path,
    }
  })
  listing('/tags/:slug', async request => {
    const tag = await reading.tag(slugOf(request))
    const path = `/tags/${tag.slug}`
    return { listing: { kind: 'tag', id: tag.id }, label: 'Subject', title: tag.name, path, feeds: path }
  })
  listing('/authors/:slug', async request => {
    const author = await reading.author(slugOf(request))
    const path = `/authors/${author.slug}`
    return {
      listing: { kind: 'author', id: author.id },
      label: 'Author',
      title: author.name,
      description: author.bio,
      path,
      feeds: path,
      author,
    }
  })
  listing('/archive/:year/:month', async request => {
    const params = Month.safeParse(request.params)
    if (!params.success) throw new NotFound()
    const month = `${params.data.year}-${params.data.month}`
    const { dates } = await site.site()
    const span = {
      kind: 'span' as const,
      from: dates.monthStart(month),
      to: dates.monthStart(nextMonth(month)),
    }
    return {
      listing: span,
      label: 'Archive',
      title: dates.month(month),
      path: `/archive/${month.replace('-', '/')}`,
    }
  })
  listing('/archive', async () => ({
    listing: { kind: 'all' },
    label: 'Archive',
    title: 'All articles',
    path: '/archive',
    whole: true,
  }))

  scope.get('/corrections', kept('before'), async (request, reply) => {
    const { before } = valid(Beside.pick({ before: true }), request.query)
    const model = {
      title: 'Corrections',
      description: 'Every correction that this paper has made, newest first.',
      path: '/corrections',
      feeds: '/corrections',
      first: !before,
      ...(await corrections.page(before)),
    }
    return reply.page('articles/corrections', model, await modified())
  })

  // Not kept: how much is weighed depends on the time that it takes.
  scope.get('/search', async (request, reply) => {
    const { q, page } = valid(Question, request.query)
    const query = q.replace(/\p{Cc}+/gu, ' ').trim()
    const found = query
      ? await reading.search(query, page)
      : { hits: [], matches: 0, bounded: false, more: false }
    const model = {
      title: query ? `Search: ${query}` : 'Search',
      path: '/search',
      noindex: true,
      query,
      page,
      ...found,
      more: found.more && page < LAST_SEARCH_PAGE,
      marked,
    }
    return reply.page('articles/search', model, await modified())
  })
}

interface ListingModel {
  listing: Listing
  /** all there is: its first page names the months */
  whole?: boolean
  label: string
  title: string
  /** what stands under the title; what describes the page where it is empty is made of the rest */
  description?: string
  path: string
  [more: string]: unknown
}

/** What the article's view needs. @param origin of the site, without a slash at its end */
export function articleModel(
  article: Article,
  { origin, logo, site }: { origin: string; logo: string; site: Parameters<typeof newsArticle>[1] },
): object {
  const url = `${origin}/articles/${encodeURIComponent(article.slug)}`
  const { identity } = site
  return {
    title: article.title,
    description: article.dek || article.text.slice(0, 200),
    path: `/articles/${article.slug}`,
    canonical: article.canonicalUrl ?? url,
    kind: 'article-page',
    article,
    url,
    card: {
      type: 'article',
      image: cardAddress(article, identity),
      alt: article.picture ? article.heroAlt : article.title,
      properties: [
        ['article:published_time', article.published],
        ['article:modified_time', lastModified(article)],
        ['article:section', article.sectionName],
        ...article.tags.map(tag => ['article:tag', tag.name]),
      ],
    },
    structured: scriptJson(newsArticle(article, site, origin, logo)),
    shares: shareLinks({
      url,
      title: article.title,
      picture: article.picture && origin + article.picture.card,
    }),
    quickNote: article.quickNote ?? (identity.quickNote.show ? identity.quickNote.text : ''),
  }
}

function slugOf(request: FastifyRequest): string {
  return Slugged.parse(request.params).slug
}

function valid<T>(schema: z.ZodType<T>, query: unknown): T {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  throw new Invalid(
    'The address asks for something that this page does not know. Start again from its first page.',
  )
}

/** Text with what matched wrapped in <mark>; everything else escaped. A dot keeps a heading apart from what stands under it. */
function marked(text: string): string {
  return escapeHtml(text).replaceAll(MARK, '<mark>').replaceAll(UNMARK, '</mark>').replaceAll('\n', ' · ')
}
