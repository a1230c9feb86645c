import { z } from 'zod'

/** A redirect as its row holds it. */
export const Redirect = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  /** the target written as an address to lead from; empty when it is not ours */
  key: z.string(),
})
export type Redirect = z.infer<typeof Redirect>

/** An address that leads elsewhere, as the desk lists it: by a redirect, or since what stood there moved. */
export interface ListedRedirect {
  /** of the redirect; undefined when it is no row of the table */
  id?: string
  kind: 'redirect' | 'article' | 'section' | 'tag' | 'author'
  from: string
  to: string
}

/** A line of a file of redirects that is to be taken in. */
export interface ImportLine {
  line: number
  redirectId: string
  from: string
  to: string
  key: string
  problem: string
}

export const Line = z.object({ line: z.int(), from: z.string(), to: z.string(), key: z.string() })
export type Line = z.infer<typeof Line>

export const Problem = z.object({ line: z.int(), from: z.string(), to: z.string(), problem: z.string() })
export type Problem = z.infer<typeof Problem>

/** What a dry run found. */
export const Counts = z.object({
  lines: z.int(),
  /** new addresses */
  added: z.int(),
  /** addresses that lead elsewhere now already, and will lead where the file says */
  replaced: z.int(),
  /** that lead there already */
  same: z.int(),
  problems: z.int(),
})
export type Counts = z.infer<typeof Counts>

export const RedirectForm = z.object({
  from: z
    .string('Enter the address that is to lead elsewhere.')
    .trim()
    .min(1, 'Enter the address that is to lead elsewhere.'),
  to: z.string('Enter where it is to lead.').trim().min(1, 'Enter where it is to lead.'),
})
export type RedirectForm = z.infer<typeof RedirectForm>
