import type { IssueFields, IssueForm } from './schema.js'
import { MOST_ARTICLES } from './schema.js'

/** What a form asks to be saved, its articles arranged by the button that was pressed; and where the page goes on. */
export function arranged(form: IssueForm): { fields: IssueFields; place: string } {
  const { subject, preheader, intro, outro, frequency, sections } = form
  const [action = '', id = ''] = form.action.split(':')
  return {
    fields: {
      subject,
      preheader,
      intro,
      outro,
      frequency,
      sections,
      articles: moved(form.articles, action, id),
    },
    place: placeAfter(action, id),
  }
}

type Articles = IssueFields['articles']

function moved(articles: Articles, action: string, id: string): Articles {
  const from = articles.findIndex(article => article.id === id)
  if (action === 'add')
    return from < 0 && articles.length < MOST_ARTICLES ? [...articles, { id, form: 'dek' }] : articles
  const article = articles[from]
  if (!article) return articles
  const others = articles.toSpliced(from, 1)
  if (action === 'remove') return others
  if (action === 'up') return others.toSpliced(Math.max(0, from - 1), 0, article)
  if (action === 'down') return others.toSpliced(from + 1, 0, article)
  return articles
}

function placeAfter(action: string, id: string): string {
  if (action === 'up' || action === 'down') return `#article-${id}`
  if (action === 'add' || action === 'search') return '#add'
  return action === 'remove' ? '#articles' : ''
}
