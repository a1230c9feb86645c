import type { Database } from '../../foundation/database.js'
import type { Letter } from '../delivery/schema.js'

/** An issue as letters are made of it. */
export interface IssueContent {
  id: string
  /** 0 while it has none yet */
  number: number
  /** of its public page; empty while it has none */
  slug: string
  subject: string
  preheader: string
  /** Markdown, as the outro */
  intro: string
  outro: string
  articles: { id: string; form: 'full' | 'dek' }[]
}

/** What makes letters of issues. */
export interface Letters {
  /**
   * Makes the letter of an issue in the transaction that sends it, with what that transaction has just published.
   * @throws Invalid when nothing is left of the issue: no words, and none of its articles is published
   */
  compose(issue: IssueContent, tx: Database): Promise<Letter>
  /** The letter as it would go out now, and what an editor should know of it. */
  preview(issue: IssueContent): Promise<Preview>
}

/** A letter before it is sent. */
export interface Preview {
  letter: Letter
  /** bytes of its HTML as readers get it, at most */
  bytes: number
  /** titles of articles that it holds only the beginning of */
  cut: string[]
  /** how many articles it leaves out, since they are not published */
  missing: number
}
