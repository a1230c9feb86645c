import type { Database } from '../../foundation/database.js'
import { byMailRepository } from './by-mail.repository.js'

/** What mails articles to readers: the newsletter, which stands on articles and not the other way round. */
export interface ArticleMailer {
  /** Mails an article that was just published, in that transaction; once, however often it is published. */
  mail(tx: Database, articleId: string): Promise<unknown>
  /** The issue by which it was mailed, if it was. */
  mailed(articleId: string): Promise<{ id: string; sent: string } | undefined>
  /** To be called after that transaction. */
  wake(): void
}

export type ByMail = ReturnType<typeof byMail>

/** Articles that go to readers by mail as they are published. */
export function byMail(db: Database) {
  let mailer: ArticleMailer | undefined
  return {
    /** Lends what mails; until then nothing is mailed. */
    connect(given: ArticleMailer): void {
      mailer = given
    },

    /** Notes whether an article is to be mailed when it is published. */
    wish: (tx: Database, articleId: string, wanted: boolean): Promise<void> =>
      byMailRepository(tx).wish(articleId, wanted),

    /** To be called in the transaction that publishes. */
    async published(tx: Database, articleId: string): Promise<void> {
      if (mailer && (await byMailRepository(tx).isWished(articleId))) await mailer.mail(tx, articleId)
    },

    /** To be called after it. */
    wake: (): void => mailer?.wake(),

    /** What the desk says of it. */
    async of(articleId: string) {
      return {
        wished: await byMailRepository(db).isWished(articleId),
        mailed: await mailer?.mailed(articleId),
      }
    },
  }
}
