import { type CardText, cardMark } from '../media/index.js'
import type { Identity } from '../site/index.js'
import type { Article } from './service.js'

// The accent of paper/colours.css; a site that has its own says so in its identity.
const ACCENT = '#a02d1b'

/** Where the card of an article stands: its picture's, or one that is drawn of its title, below /articles/. */
export function cardAddress(article: Article, identity: Identity): string {
  if (article.picture) return article.picture.card
  return `/articles/${encodeURIComponent(article.slug)}/card/${cardMark(cardText(article, identity))}.png`
}

/** What a drawn card says. */
export function cardText({ title, sectionName }: Article, identity: Identity): CardText {
  return { title, section: sectionName, outlet: identity.name, accent: identity.accent ?? ACCENT }
}
