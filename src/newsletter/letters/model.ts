import type { SiteService } from '../../site/index.js'
import { forMail } from './for-mail.js'
import { oneLine } from './own-words.js'
import { headed, plainText, wrap } from './plain-story.js'
import type { IssueContent } from './schema.js'
import type { LetterStory, StoryLook } from './story.js'

type Outlet = Omit<Awaited<ReturnType<SiteService['site']>>, 'dates' | 'markdown'>

interface Around extends Outlet {
  /** the word that this letter's own words begin with */
  own: string
  look: StoryLook
  /** whether it is one article under its own headline */
  alone: boolean
  countsClicks: boolean
  date: string
  styles: string
}

/** What stands in the plain text where an article's words come. */
export function textMark(own: string, index: number): string {
  return `${own}text${index}x`
}

/** What the views of a letter need. */
export function letterModel(
  issue: IssueContent,
  stories: LetterStory[],
  { own, look, alone, countsClicks, date, styles, identity, direction }: Around,
): object {
  const { origin, markdown } = look
  const prose = (text: string) => forMail(markdown.html(markdown.read(text)), { ...look, below: false })
  return {
    ...{ language: identity.language, direction, siteName: identity.name, siteUrl: origin },
    ...{ contact: identity.contact, countsClicks, alone, date },
    subject: oneLine(issue.subject),
    preheader: oneLine(issue.preheader),
    stories: stories.map(story => ({ ...story, textMark: textMark(own, story.index) })),
    ...{ intro: prose(issue.intro), outro: prose(issue.outro) },
    ...{ introText: plainText(issue.intro, look), outroText: plainText(issue.outro, look), wrap, headed },
    marks: { address: `${own}address` },
    marker: (kind: string, index: number) => `<!--${own} ${kind} ${index}-->`,
    preferencesUrl: `${origin}/newsletter/preferences/${own}preferences`,
    leaveUrl: `${origin}/newsletter/unsubscribe/${own}leave`,
    archiveUrl: issue.slug && `${origin}/newsletter/issues/${encodeURIComponent(issue.slug)}`,
    styles: direction === 'rtl' ? styles.replaceAll('left', 'right') : styles,
  }
}
