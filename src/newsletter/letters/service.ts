import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Article, ArticlesService } from '../../articles/index.js'
import { programFolder } from '../../config.js'
import type { Clock, Ids } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { Invalid } from '../../foundation/errors.js'
import type { MailService } from '../../mail/index.js'
import type { MediaService } from '../../media/index.js'
import type { SiteService } from '../../site/index.js'
import type { ClicksService } from '../clicks/service.js'
import { newsletterSettings } from '../settings.js'
import { cutToSize } from './cut-html.js'
import { forMail } from './for-mail.js'
import { marks } from './marks.js'
import { headed, plainStory, plainText, wrap } from './plain-story.js'
import type { IssueContent, Letters, Preview } from './schema.js'
import { letterStory, type StoryLook } from './story.js'

export interface LetterServices {
  db: Database
  clock: Clock
  ids: Ids
  site: SiteService
  media: MediaService
  articles: ArticlesService
  mail: MailService
  clicks: ClicksService
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

/** Gmail shows the first 102 KB of HTML; below that, with room for what is each reader's own. */
export const MOST_BYTES = 98_000

/** Makes letters: what an issue looks like in a mail program. */
export function lettersService(services: LetterServices): Letters {
  const { db, clock, ids, site, media, articles, mail, clicks, siteUrl } = services
  const styles = readFileSync(path.join(programFolder, 'views/newsletter/mail/issue.css'), 'utf8')

  const write = async (
    issue: IssueContent,
    { within, countsClicks, link }: { within: Database; countsClicks: boolean; link: StoryLook['link'] },
  ): Promise<Preview> => {
    const { identity, direction, dates, markdown } = await site.site()
    const found = await articles.reading.published(
      issue.articles.map(({ id }) => id),
      within,
    )
    const forms = new Map(issue.articles.map(({ id, form }) => [id, form]))
    if (found.length === 0 && !issue.intro.trim() && !issue.outro.trim())
      throw new Invalid(
        'Nothing is left of this issue: none of its articles is published now, and it has no words of its own.',
      )
    const look: StoryLook = { origin: siteUrl, dates, markdown, link }
    const stories = await Promise.all(
      found.map(async (article, index) =>
        letterStory(
          article,
          { index, form: forms.get(article.id) ?? 'dek', pictures: await picturesOf(article) },
          look,
        ),
      ),
    )
    const prose = (text: string) => forMail(markdown.html(markdown.read(text)), look)
    // Nobody can know these words beforehand, so nothing that is printed can pass for one of them.
    const own = ids().replaceAll('-', '')
    const model = {
      ...{
        language: identity.language,
        direction,
        siteName: identity.name,
        siteUrl,
        contact: identity.contact,
      },
      ...{
        subject: printable(issue.subject),
        preheader: printable(issue.preheader),
        date: dates.date(clock().toISOString()),
      },
      ...{
        stories: stories.map(story => ({ ...story, textMark: `${own}text${story.index}x` })),
        countsClicks,
      },
      ...{ intro: prose(issue.intro), outro: prose(issue.outro) },
      ...{ introText: plainText(issue.intro, look), outroText: plainText(issue.outro, look), wrap, headed },
      marks: { address: `${own}address` },
      marker: (kind: string, index: number) => `<!--${own} ${kind} ${index}-->`,
      preferencesUrl: `${siteUrl}/newsletter/preferences/${own}preferences`,
      leaveUrl: `${siteUrl}/newsletter/unsubscribe/${own}leave`,
      archiveUrl: issue.slug && `${siteUrl}/newsletter/issues/${encodeURIComponent(issue.slug)}`,
      styles: direction === 'rtl' ? styles.replaceAll('left', 'right') : styles,
    }
    const composed = await mail.compose('newsletter/mail/issue', model)
    const { html, kept } = cutToSize(styleLast(composed.html), own, stories.length, MOST_BYTES)
    const text = stories.reduce(
      (whole, story, index) =>
        whole.replace(`${own}text${index}x`, () =>
          plainStory(found[index] as Article, story, kept[index] ?? 0, look),
        ),
      composed.text,
    )
    return {
      letter: {
        fromName: identity.name,
        subject: finished(model.subject, own),
        html: finished(html, own),
        text: `${finished(text, own)
          .replace(/\n{3,}/g, '\n\n')
          .trim()}\n`,
      },
      bytes: Buffer.byteLength(html) + ROOM_FOR_READERS,
      cut: stories
        .filter(({ form, blocks }, index) => form === 'full' && (kept[index] ?? 0) < blocks.length)
        .map(({ title }) => title),
      missing: issue.articles.length - found.length,
    }
  }

  const picturesOf = async (article: Article) => {
    const { markdown } = await site.site()
    return media.byNames(markdown.read(article.body).images)
  }

  return {
    async compose(issue, tx) {
      const { countClicks } = await newsletterSettings(tx)
      const counted = clicks.links(issue.number)
      const { letter } = await write(issue, {
        within: tx,
        countsClicks: countClicks,
        link: countClicks ? counted.link : url => url,
      })
      if (countClicks) await counted.keep(tx, issue.id)
      return letter
    },

    async preview(issue) {
      const { countClicks } = await newsletterSettings(db)
      return write(issue, { within: db, countsClicks: countClicks, link: url => url })
    },
  }
}

// The longest address, and three tokens longer than their marks.
const ROOM_FOR_READERS = 1_000

/**
 * Puts the marks in where this letter has its own words for them. What an author wrote loses them first: otherwise a link could be
 * made to carry each reader's address or token to somebody else.
 */
function finished(text: string, own: string): string {
  const clean = Object.values(marks).reduce((left, mark) => left.replaceAll(mark, '…'), text)
  return Object.entries(marks).reduce((left, [name, mark]) => left.replaceAll(`${own}${name}`, mark), clean)
}

/** The encoding must be said within the first kilobyte; the inliner puts the styles that are left before it. */
function styleLast(html: string): string {
  const [style = ''] = /<style>[\s\S]*?<\/style>/.exec(html) ?? []
  return html.replace(style, '').replace('</head>', () => `${style.replace(/\s+/g, ' ')}\n</head>`)
}

// Header fields and titles have one line.
function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}
