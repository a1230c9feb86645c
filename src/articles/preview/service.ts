import type { Config } from '../../config.js'
import type { SiteService } from '../../site/index.js'
import type { OpenManuscript } from '../desk/manuscripts.js'
import { articleModel } from '../routes.js'
import type { ReadingService } from '../service.js'

export interface PreviewServices {
  reading: ReadingService
  site: SiteService
  config: Config
  logo: string
}

export type PreviewService = ReturnType<typeof previewService>

/** The readers' page of an article as it would be if its working copy were published now. */
export function previewService({ reading, site, config, logo }: PreviewServices) {
  return {
    /**
     * What the article's view needs. Nothing in it says where the article will stand or that it is published: no
     * canonical address, no structured data, no links to share it.
     */
    async model({ article, manuscript }: OpenManuscript): Promise<object> {
      const { title, dek, body, section, hero, quickNote, canonicalUrl } = manuscript
      const draft = await reading.draft(
        {
          ...article,
          ...{ dek, body, quickNote, canonicalUrl },
          title: title || 'Untitled',
          sectionId: section,
          hero: hero?.media ?? null,
          heroAlt: hero?.alt ?? '',
          heroCaption: hero?.caption ?? '',
          heroCredit: hero?.credit ?? '',
        },
        manuscript,
      )
      const published = articleModel(draft, { origin: config.siteUrl, logo, site: await site.site() })
      const around = await reading.around(draft)
      return { ...published, ...around, ...unpublished }
    },
  }
}

const unpublished = {
  noindex: true,
  path: undefined,
  canonical: undefined,
  structured: undefined,
  card: undefined,
  shares: undefined,
  url: undefined,
}
