import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ArticlesService } from '../articles/index.js'
import type { Config } from '../config.js'
import type { Clock } from '../foundation/clock.js'
import { NotFound } from '../foundation/errors.js'
import { escapeHtml } from '../foundation/escape.js'
import { kept } from '../foundation/page-cache.js'
import type { NewsletterService } from '../newsletter/index.js'
import type { SiteService } from '../site/index.js'
import { absolute } from './absolute.js'
import type { EntriesChannel, Entry } from './entry-feeds.js'
import type { Channel } from './feeds.js'
import { humansTxt, robotsTxt, securityTxt } from './notices.js'
import { articleSitemap, newsSitemap, pageSitemap, sitemapIndex } from './sitemaps.js'

export interface DistributionServices {
  articles: ArticlesService
  newsletter: Pick<NewsletterService, 'issues'>
  site: SiteService
  config: Config
  clock: Clock
}

const TWO_DAYS = 48 * 3_600_000
const MOST_NEWS = 1_000
const MOST_CORRECTIONS = 50

const xml = 'application/xml; charset=utf-8'
const plain = 'text/plain; charset=utf-8'

// Nobody waits for the start because of a feed: what writes them is loaded with the first.
const articleFeeds = () => import('./feeds.js')
const entryFeeds = () => import('./entry-feeds.js')

const formats = [
  {
    file: 'feed.xml',
    type: 'application/rss+xml; charset=utf-8',
    write: async (channel: Channel) => (await articleFeeds()).rss(channel),
    entries: async (channel: EntriesChannel) => (await entryFeeds()).entriesRss(channel),
  },
  {
    file: 'atom.xml',
    type: 'application/atom+xml; charset=utf-8',
    write: async (channel: Channel) => (await articleFeeds()).atom(channel),
    entries: async (channel: EntriesChannel) => (await entryFeeds()).entriesAtom(channel),
  },
  {
    file: 'feed.json',
    type: 'application/feed+json; charset=utf-8',
    write: async (channel: Channel) => (await articleFeeds()).jsonFeed(channel),
    entries: async (channel: EntriesChannel) => (await entryFeeds()).entriesJson(channel),
  },
]

export function distributionRoutes(scope: FastifyInstance, services: DistributionServices): void {
  feedRoutes(scope, services)
  entryFeedRoutes(scope, services)
  sitemapRoutes(scope, services)
  noticeRoutes(scope, services)
}

type Subject = Pick<Channel, 'page' | 'articles'> & { name?: string; description?: string }

function feedRoutes(
  scope: FastifyInstance,
  { articles: { reading }, site, config }: DistributionServices,
): void {
  const feeds = (prefix: string, subject: (slug: string) => Promise<Subject>) => {
    for (const { file, type, write } of formats) {
      scope.get(`${prefix}/${file}`, kept(), async (request, reply) => {
        const { name, description, page, articles } = await subject(slugOf(request))
        const { identity, markdown } = await site.site()
        const channel: Channel = {
          title: name ? `${identity.name}: ${name}` : identity.name,
          description: description || identity.description || identity.tagline || identity.name,
          language: identity.language,
          origin: config.siteUrl,
          page,
          self: `${page === '/' ? '' : page}/${file}`,
          articles,
          inline: markdown.inline,
        }
        return send(reply, site, Buffer.from(await write(channel)), type)
      })
    }
  }
  feeds('', async () => ({ page: '/', articles: await reading.newest({ kind: 'all' }) }))
  feeds('/sections/:slug', async slug => {
    const { id, name, description } = await reading.section(slug)
    return {
      name,
      description,
      page: `/sections/${slug}`,
      articles: await reading.newest({ kind: 'section', id }),
    }
  })
  feeds('/tags/:slug', async slug => {
    const { id, name } = await reading.tag(slug)
    return { name, page: `/tags/${slug}`, articles: await reading.newest({ kind: 'tag', id }) }
  })
  feeds('/authors/:slug', async slug => {
    const { id, name, bio } = await reading.author(slug)
    return {
      name,
      description: bio,
      page: `/authors/${slug}`,
      articles: await reading.newest({ kind: 'author', id }),
    }
  })
}

function entryFeedRoutes(
  scope: FastifyInstance,
  { articles: { corrections }, newsletter, site, config }: DistributionServices,
): void {
  const feeds = (page: string, title: string, description: string, entries: () => Promise<Entry[]>) => {
    for (const { file, type, entries: write } of formats) {
      scope.get(`${page}/${file}`, kept(), async (_request, reply) => {
        const { identity } = await site.site()
        const body = await write({
          ...{ title: `${identity.name}: ${title}`, description, language: identity.language },
          ...{ origin: config.siteUrl, page, self: `${page}/${file}`, entries: await entries() },
        })
        return send(reply, site, Buffer.from(body), type)
      })
    }
  }
  feeds(
    '/corrections',
    'Corrections',
    'Every correction that this paper has made, newest first.',
    async () => {
      const { markdown } = await site.site()
      return (await corrections.newest(MOST_CORRECTIONS)).map(one => ({
        id: one.id,
        title: `Correction: ${one.title}`,
        url: `${config.siteUrl}/articles/${encodeURIComponent(one.slug)}#corrections`,
        html: `<p>${absolute(markdown.inline(one.text), config.siteUrl)}</p>`,
        at: one.at,
        changed: one.changed > one.at ? one.changed : one.at,
      }))
    },
  )
  feeds('/newsletter/issues', 'The newsletter', 'Every issue that was mailed, newest first.', async () =>
    (await newsletter.issues.archive.newest()).map(printed => issueEntry(printed, config.siteUrl)),
  )
}

type PrintedIssue = Awaited<ReturnType<NewsletterService['issues']['archive']['newest']>>[number]

function issueEntry({ issue, stories }: PrintedIssue, origin: string): Entry {
  const items = stories.map(
    ({ slug, title, dek }) =>
      `<li><a href="${origin}/articles/${encodeURIComponent(slug)}">${escapeHtml(title)}</a>: ${escapeHtml(dek)}</li>`,
  )
  const at = issue.sent ?? issue.changed
  return {
    ...{ id: issue.id, title: issue.subject, at, changed: at },
    url: `${origin}/newsletter/issues/${encodeURIComponent(issue.slug ?? '')}`,
    html: `<p>${escapeHtml(issue.preheader)}</p>${items.length ? `<ul>${items.join('')}</ul>` : ''}`,
  }
}

function sitemapRoutes(
  scope: FastifyInstance,
  { articles, newsletter, site, config, clock }: DistributionServices,
): void {
  const origin = config.siteUrl
  scope.get('/sitemap.xml', kept(), async (_request, reply) =>
    send(reply, site, await sitemapIndex(articles, origin), xml),
  )
  scope.get('/sitemap-pages.xml', kept(), async (_request, reply) =>
    send(reply, site, await pageSitemap({ articles, newsletter, site }, origin), xml),
  )
  scope.get<{ Params: { part: string } }>(
    '/sitemap-articles-:part(^\\d{4}-\\d{2}-[1-9]\\d{0,3}$).xml',
    kept(),
    async (request, reply) => {
      const { part } = request.params
      const month = part.slice(0, 7)
      const body = await articleSitemap(articles, origin, { month, part: Number(part.slice(8)) })
      if (!body) throw new NotFound()
      return send(reply, site, body, xml)
    },
  )
  // By the clock: what is two days old leaves it.
  scope.get('/news-sitemap.xml', async (_request, reply) => {
    const now = clock().getTime()
    const span = { kind: 'span' as const, from: iso(now - TWO_DAYS), to: iso(now + 1) }
    const news = await articles.reading.newest(span, MOST_NEWS)
    const { identity } = await site.site()
    return reply.bytes({ body: await newsSitemap(news, identity, origin), type: xml, cache: 'feed' })
  })
}

function noticeRoutes(scope: FastifyInstance, { site, config, clock }: DistributionServices): void {
  scope.get('/robots.txt', kept(), async (_request, reply) =>
    send(reply, site, Buffer.from(robotsTxt(config.siteUrl)), plain),
  )
  scope.get('/humans.txt', kept(), async (_request, reply) => {
    const { identity } = await site.site()
    return send(reply, site, Buffer.from(humansTxt(identity)), plain)
  })
  // By the clock: it expires.
  scope.get('/.well-known/security.txt', async (_request, reply) => {
    const { identity } = await site.site()
    return send(reply, site, Buffer.from(securityTxt(identity, config.siteUrl, clock())), plain)
  })
}

async function send(
  reply: FastifyReply,
  site: SiteService,
  body: Buffer,
  type: string,
): Promise<FastifyReply> {
  return reply.bytes({ body, type, cache: 'feed', modified: await site.lastChange() })
}

function slugOf(request: FastifyRequest): string {
  return z.object({ slug: z.string().default('') }).parse(request.params).slug
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
