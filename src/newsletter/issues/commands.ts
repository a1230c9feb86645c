import { type Command, InvalidArgumentError } from 'commander'
import type { WithNewsletter } from '../commands.js'
import { frequencies } from '../schema.js'

interface SendOptions {
  subject: string
  articles: string[]
  at?: string
  intro?: string
  frequency?: (typeof frequencies)[number]
}

/** `newsletter send`. */
export function addIssueCommands(group: Command, withNewsletter: WithNewsletter): void {
  group
    .command('send')
    .description('queue an issue of published articles; the running server, or the next one, delivers it')
    .requiredOption('--subject <text>', 'the line that readers see first')
    .requiredOption('--articles <slugs...>', 'the last parts of the articles’ addresses, in their order')
    .option('--at <time>', 'later: 2026-12-24T09:00 in the site’s time zone, or with an offset')
    .option('--intro <text>', 'Markdown that stands above the articles')
    .option('--frequency <who>', `only readers who chose ${frequencies.join(', ')}`, frequencyOf)
    .action(({ articles, ...options }: SendOptions) =>
      withNewsletter(async ({ issues }) => {
        const { issue, readers } = await issues.order({ ...options, slugs: articles })
        const whom = `${readers} ${readers === 1 ? 'reader' : 'readers'}`
        process.stdout.write(
          issue.sendAt
            ? `The issue will be sent at ${issue.sendAt}, to ${whom} as the list stands now (${issue.id}).\n`
            : `Issue ${issue.number}, ${issue.slug}, is queued for ${whom}.\n`,
        )
      }),
    )
}

function frequencyOf(value: string): (typeof frequencies)[number] {
  const found = frequencies.find(one => one === value)
  if (!found) throw new InvalidArgumentError(`It must be one of ${frequencies.join(', ')}.`)
  return found
}
