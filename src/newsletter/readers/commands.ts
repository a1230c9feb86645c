import type { Command } from 'commander'
import { OperatorError, Problem } from '../../foundation/errors.js'
import type { WithNewsletter } from '../commands.js'
import type { ImportCounts } from './schema.js'

const importHelp = `
The first line names the columns: email, and any of name, surname, status (active, pending, unsubscribed), frequency (every,
daily, weekly), sections (slugs), joined_at, consented_at, confirmed_at, unsubscribed_at, source, suppressed. Column names of
Mailchimp, listmonk, Ghost and Substack are understood as well. Commas, semicolons or tabs; UTF-8 or Windows-1252. Of a name
the first 100 characters are taken.

A file alone makes nobody active. Without --confirmed those whom it calls active come in as pending and get no mail until they
confirm; with --confirmed you vouch that they agreed. Who is called pending or unsubscribed stays so either way.

Who is on the list already is left as is, except that missing names are filled in, with --confirmed the pending become active,
and who left elsewhere after joining here is taken off. Who left stays away unless --revive says otherwise. The suppression
list goes before everything. Running it again is harmless. No mail is sent.

Lines that cannot be read are named on standard error, the others are taken in, and the exit code is 1.`

interface ImportOptions {
  confirmed?: boolean
  revive?: boolean
  source?: string
  dryRun?: boolean
}

/** `newsletter import` and `newsletter export`. */
export function addReaderCommands(group: Command, withNewsletter: WithNewsletter): void {
  group
    .command('import')
    .description('take readers in from a CSV file')
    .argument('<file>')
    .option('--confirmed', 'vouch that the readers agreed: import as active')
    .option('--revive', 'bring those back who had left')
    .option(
      '--source <text>',
      'where and how they agreed, for each reader’s history',
      'imported by the operator',
    )
    .option('--dry-run', 'only say what would become of the lines')
    .addHelpText('after', importHelp)
    .action(
      (file: string, { confirmed = false, revive = false, source = '', dryRun = false }: ImportOptions) =>
        withNewsletter(async ({ readers }) => {
          const counts = await plainly(
            readers.importFrom(file, {
              ...{ confirmed, revive, source, dryRun },
              onProblem: ({ line, problem }) => process.stderr.write(`line ${line}: ${problem}\n`),
              onProgress: progress(),
            }),
          )
          process.stdout.write(report(counts, dryRun))
          if (counts.invalid) process.exitCode = 1
        }),
    )

  group
    .command('export')
    .description('write all readers into a CSV file, which import takes back without loss')
    .argument('<file>', 'replaced if it is there; only its owner can read it')
    .action((file: string) =>
      withNewsletter(async ({ readers }) => {
        const count = await plainly(readers.exportTo(file))
        process.stdout.write(`${counted(count)} exported to ${file}.\n`)
      }),
    )
}

// A line that rewrites itself on a terminal; elsewhere one for each 100,000.
function progress(): (counts: ImportCounts) => void {
  let next = 100_000
  return ({ lines }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${lines.toLocaleString('en')} lines`)
    else if (lines >= next) {
      process.stderr.write(`${lines.toLocaleString('en')} lines\n`)
      next += 100_000
    }
  }
}

function report(counts: ImportCounts, dryRun: boolean): string {
  const lines: [number, string][] = [
    [counts.added, 'new'],
    [counts.activated, 'waited for a confirmation and became active'],
    [counts.revived, 'had left and came back'],
    [counts.left, 'left elsewhere and were taken off'],
    [counts.completed, 'completed by what was missing'],
    [counts.known, 'there already'],
    [counts.repeated, 'repeated inside the file'],
    [counts.suppressed, 'suppressed, not taken'],
    [counts.invalid, 'could not be read'],
  ]
  const head = `${counts.lines.toLocaleString('en')} ${counts.lines === 1 ? 'line' : 'lines'}${dryRun ? '; nothing was changed' : ''}`
  const told = lines
    .filter(([count]) => count > 0)
    .map(([count, what]) => `  ${count.toLocaleString('en')} ${what}`)
  return `${process.stderr.isTTY ? '\n' : ''}${[head, ...told].join('\n')}\n`
}

const counted = (count: number) => (count === 1 ? '1 reader' : `${count.toLocaleString('en')} readers`)

async function plainly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof Problem ? new OperatorError(error.message) : error
  }
}
