import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ArticlesService } from './articles/index.js'
import { type ContributionsService, WayToGive } from './contributions/index.js'
import type { Lease } from './foundation/lease.js'
import { splitFrontMatter } from './foundation/markdown/front-matter.js'
import type { MediaService } from './media/index.js'
import { IdentitySchema, type SiteService } from './site/index.js'

const Named = z.object({ slug: z.string(), name: z.string() })
const Author = Named.extend({
  bio: z.string().default(''),
  picture: z.object({ file: z.string(), alt: z.string() }).optional(),
  links: z.array(z.object({ label: z.string(), url: z.string() })).default([]),
})
const Edition = IdentitySchema.extend({
  frontPage: z.object({ lead: z.string(), seconds: z.array(z.string()).default([]) }),
  sections: z.array(Named.extend({ description: z.string().default('') })),
  tags: z.array(Named).default([]),
  authors: z.array(Author).default([]),
  waysToGive: z.array(WayToGive).default([]),
})
const PageFront = z.object({ slug: z.string(), title: z.string(), description: z.string().default('') })

export interface Newsroom {
  site: SiteService
  media: MediaService
  articles: ArticlesService
  contributions: ContributionsService
}

// `site.yaml`, `pages/*.md` and the articles beside them. Who the site is comes last, since a site that has said that counts as no
// longer empty: an interrupted load starts again.
async function fill(folder: string, { site, media, articles, contributions }: Newsroom): Promise<void> {
  const { frontPage, sections, tags, authors, waysToGive, ...identity } = Edition.parse(
    parse(await readFile(path.join(folder, 'site.yaml'), 'utf8')),
  )
  await articles.desk.saveSections(sections)
  await articles.desk.saveTags(tags)
  for (const { picture, ...author } of authors) {
    const portrait =
      picture &&
      (await media.add(picture.file, await readFile(path.join(folder, picture.file)), { alt: picture.alt }))
    await articles.desk.saveAuthor({
      ...author,
      picture: portrait?.id ?? null,
      pictureAlt: picture?.alt ?? '',
    })
  }
  const { problems } = await articles.importMarkdown([folder])
  if (problems.length) {
    throw new Error(problems.map(({ file, problem }) => `${file}: ${problem}`).join('\n'))
  }
  await articles.desk.saveFrontPage([frontPage.lead, ...frontPage.seconds])
  await contributions.replaceWays(waysToGive)
  await loadPages(path.join(folder, 'pages'), site)
  await site.saveIdentity(IdentitySchema.parse(identity))
}

/**
 * Fills an empty site with an edition, once: of several programs that were started over it one does, the others wait for that.
 * @param folder where the edition stands
 * @param lease of this work
 * @throws when a file of the edition is not as it should be
 */
export async function loadEdition(folder: string, newsroom: Newsroom, lease: Lease): Promise<void> {
  while (await newsroom.site.isEmpty()) {
    if (!(await lease.take())) {
      await setTimeout(100)
      continue
    }
    const keeping = setInterval(() => lease.take().catch(() => undefined), lease.lasts / 3)
    try {
      // The one before may have been done in between.
      if (await newsroom.site.isEmpty()) await fill(folder, newsroom)
    } finally {
      clearInterval(keeping)
      await lease.release()
    }
  }
}

async function loadPages(folder: string, site: SiteService): Promise<void> {
  for (const name of (await readdir(folder)).filter(file => file.endsWith('.md')).sort()) {
    const { front, body } = splitFrontMatter(await readFile(path.join(folder, name), 'utf8'))
    await site.saveStandingPage({ ...PageFront.parse(front), body })
  }
}
