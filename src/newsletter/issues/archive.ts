import type { Article, ArticlesService } from '../../articles/index.js'
import type { Database } from '../../foundation/database.js'
import { NotFound } from '../../foundation/errors.js'
import { issuesRepository } from './repository.js'
import type { ArchivedIssue, Issue } from './schema.js'

export interface ArchiveServices {
  db: Database
  articles: ArticlesService
}

/** An issue as everybody may read it: what is still published of it. */
export interface PrintedIssue {
  issue: Issue
  stories: (Article & { form: 'full' | 'dek' })[]
}

export type IssueArchive = ReturnType<typeof issueArchive>

const PAGE = 25
const FEED = 20

/** What was mailed, for those who are not on the list. */
export function issueArchive({ db, articles }: ArchiveServices) {
  const repository = issuesRepository(db)

  const printed = async (issue: Issue): Promise<PrintedIssue> => {
    const chosen = await repository.articles(issue.id)
    const forms = new Map(chosen.map(({ id, form }) => [id, form]))
    const found = await articles.reading.published(chosen.map(({ id }) => id))
    const stories = found.map(article => ({
      ...article,
      html: withOwnAnchors(article.html, article.slug),
      form: forms.get(article.id) ?? 'dek',
    }))
    return { issue, stories }
  }

  return {
    /** A page of the archive, the newest first. @param before the number at which the page before it ended */
    async page(
      before = Number.MAX_SAFE_INTEGER,
    ): Promise<{ issues: ArchivedIssue[]; next: number | undefined }> {
      const found = await repository.archive(before, PAGE + 1)
      const issues = found.slice(0, PAGE)
      return { issues, next: found.length > PAGE ? issues.at(-1)?.number : undefined }
    },

    /** @throws NotFound */
    async issue(slug: string): Promise<PrintedIssue> {
      const issue = await repository.archivedBySlug(slug)
      if (!issue)
        throw new NotFound('There is no issue at this address. All that were sent stand in the archive.')
      return printed(issue)
    },

    /** The newest with their stories, for feeds. */
    async newest(): Promise<PrintedIssue[]> {
      const found = await repository.archive(Number.MAX_SAFE_INTEGER, FEED)
      return Promise.all(found.map(({ slug }) => this.issue(slug)))
    },

    /** Addresses for the sitemap, the newest first. */
    listed: (limit: number): Promise<ArchivedIssue[]> => repository.archive(Number.MAX_SAFE_INTEGER, limit),
  }
}

// Footnotes and headings of several articles would share their ids on one page.
function withOwnAnchors(html: string, slug: string): string {
  return html.replace(/<[a-z][^>]*>/g, tag =>
    tag.replace(/ (id="|href="#|aria-describedby="|aria-labelledby=")/g, ` $1${slug}-`),
  )
}
