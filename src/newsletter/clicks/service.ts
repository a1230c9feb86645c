import type { Database } from '../../foundation/database.js'
import { unlessInTrouble } from '../../foundation/storage-trouble.js'
import { type CountedLink, clicksRepository } from './repository.js'

export interface ClickServices {
  db: Database
  /** the site's origin, without a slash at its end */
  siteUrl: string
}

export type ClicksService = ReturnType<typeof clicksService>

/** How often the links of issues are opened: a number for each link, and nothing of who did. */
export function clicksService({ db, siteUrl }: ClickServices) {
  const repository = clicksRepository(db)

  return {
    /** Numbers the links of an issue as its letter is made; each address has one number. */
    links(issueNumber: number) {
      const positions = new Map<string, number>()
      return {
        /** The address that counts and leads on; what is no web address stays as it is. */
        link(url: string): string {
          if (!/^https?:\/\//i.test(url)) return url
          const position = positions.get(url) ?? positions.size + 1
          positions.set(url, position)
          return `${siteUrl}/newsletter/go/${issueNumber}/${position}`
        },

        /** Keeps where they lead, in the transaction that sends the issue. */
        async keep(tx: Database, issueId: string): Promise<void> {
          for (const [url, position] of positions) await clicksRepository(tx).add(issueId, position, url)
        },
      }
    },

    /**
     * Where a link leads.
     * @param counts whether it was opened by somebody who reads, not by a program that looks ahead
     */
    async follow(issueNumber: number, position: number, counts: boolean): Promise<string | undefined> {
      const url = await repository.url(issueNumber, position)
      if (url && counts) await unlessInTrouble(repository.count(issueNumber, position))
      return url
    },

    /** Links of an issue, the most opened first; none when they were not counted. */
    async ofIssue(issueId: string): Promise<CountedLink[]> {
      return repository.ofIssue(issueId)
    },
  }
}
