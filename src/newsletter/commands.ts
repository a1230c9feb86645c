import { Command } from 'commander'
import { addBounceCommands } from './bounces/commands.js'
import { addStatusCommand } from './delivery/commands.js'
import type { NewsletterService } from './index.js'
import { addIssueCommands } from './issues/commands.js'
import { addReaderCommands } from './readers/commands.js'
import { addSuppressionCommands } from './suppressions/commands.js'

/** Lends the newsletter to a command and closes everything after it. */
export type WithNewsletter = (work: (newsletter: NewsletterService) => Promise<void>) => Promise<void>

/** `newsletter …`: the list and the issues from the shell. */
export function newsletterCommands(withNewsletter: WithNewsletter): Command {
  const group = new Command('newsletter').description('the list of readers, and what is mailed to them')
  addReaderCommands(group, withNewsletter)
  addStatusCommand(group, withNewsletter)
  addBounceCommands(group, withNewsletter)
  addSuppressionCommands(group, withNewsletter)
  addIssueCommands(group, withNewsletter)
  return group
}
