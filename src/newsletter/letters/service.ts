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
import { letterModel, textMark } from './model.js'
import { finished, oneLine } from './own-words.js'
import { plainStory } from './plain-story.js'
import type { IssueContent, Letters, Preview } from './schema.js'
import { type LetterStory, letterStory, type StoryLook } from './story.js'

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
const MOST_BYTES = 98_000

/** Makes letters: what an issue looks like in a mail program. */
export function lettersService(services: LetterServices): Letters {
  const { db, clock, ids, site, media, articles, mail, clicks, siteUrl } = services
  const styles = readFileSync(path.join(programFolder, 'views/newsletter/mail/issue.css'), 'utf8')

  const write = async (
    issue: IssueContent,
    { within, countsClicks, link }: { within: Database; countsClicks: boolean; link: StoryLook['link'] },
  ): Promise<Preview> => {
    const { dates, markdown, ...outlet } = await site.site()
    const found = await articles.reading.published(
      issue.articles.map(({ id }) => id),
      within,
    )
    if (found.length === 0 && !issue.intro.trim() && !issue.outro.trim()) throw new Invalid(nothingLeft)
    // What is mailed by itself has one headline.
    const alone = found.length === 1 && found[0]?.title === issue.subject
    const look: StoryLook = { origin: siteUrl, dates, markdown, link, below: !alone }
    const stories = await storiesOf(found, issue, look)
    // Nobody can know this word beforehand, so nothing that is printed can pass for one of the letter's own.
    const own = ids().replaceAll('-', '')
    const date = dates.date(clock().toISOString())
    const composed = await mail.compose(
      'newsletter/mail/issue',
      letterModel(issue, stories, { own, look, alone, countsClicks, date, styles, ...outlet }),
    )
    const { html, kept } = cutToSize(styleLast(composed.html), own, stories.length, MOST_BYTES)
    if (Buffer.byteLength(html) > MOST_BYTES) throw new Invalid(tooLong)
    const texts = stories.map((story, index) =>
      plainStory(found[index] as Article, story, kept[index] ?? 0, look),
    )
    return {
      letter: {
        fromName: outlet.identity.name,
        subject: finished(oneLine(issue.subject), own),
        html: finished(html, own),
        text: tidy(finished(withTexts(composed.text, own, texts), own)),
      },
      bytes: Buffer.byteLength(html) + ROOM_FOR_READERS,
      cut: stories
        .filter(({ blocks }, index) => (kept[index] ?? 0) < blocks.length)
        .map(({ title }) => title),
      missing: issue.articles.length - found.length,
    }
  }

  const storiesOf = (found: Article[], issue: IssueContent, look: StoryLook): Promise<LetterStory[]> => {
    const forms = new Map(issue.articles.map(({ id, form }) => [id, form]))
    return Promise.all(
      found.map(async (article, index) => {
        const pictures = await media.byNames(look.markdown.read(article.body).images)
        return letterStory(article, { index, form: forms.get(article.id) ?? 'dek', pictures }, look)
      }),
    )
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

const nothingLeft =
  'Nothing is left of this issue: none of its articles is published now, and it has no words of its own.'
const tooLong =
  'The introduction and the closing words are longer than mail programs show. Shorten them, or make an article of them.'

function withTexts(text: string, own: string, texts: string[]): string {
  return texts.reduce((whole, story, index) => whole.replace(textMark(own, index), () => story), text)
}

function tidy(text: string): string {
  return `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`
}

/** The encoding must be said within the first kilobyte; the inliner puts the styles that are left before it. */
function styleLast(html: string): string {
  const [style = ''] = /<style>[\s\S]*?<\/style>/.exec(html) ?? []
  return html.replace(style, '').replace('</head>', () => `${style.replace(/\s+/g, ' ')}\n</head>`)
}
