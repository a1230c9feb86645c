import type { Command } from 'commander'
import { OperatorError, Problem } from '../../foundation/errors.js'
import type { WithNewsletter } from '../commands.js'
import type { SuppressionCounts } from './transfer.js'

const importHelp = `
FILE is CSV with a line of column names (email, reason, at, detail, hash; only email or hash must be there), or plain text with an
address a line. What is on the list already stays as it is, so that running it again is harmless. Lines that cannot be read are
named on standard error, the others are taken in, and the exit code is 1.

Hashes are those of this site: an export that holds erased readers by their hash can be taken back here, and nowhere else.`

/** `newsletter suppressions import` and `export`. */
export function addSuppressionCommands(group: Command, withNewsletter: WithNewsletter): void {
  const list = group
    .command('suppressions')
    .description('the addresses that get no mail, whatever is imported or signed up')

  list
    .command('import')
    .description('put the addresses of a file on the list')
    .argument('<file>')
    .option('--dry-run', 'only say what would become of the lines')
    .addHelpText('after', importHelp)
    .action((file: string, { dryRun = false }: { dryRun?: boolean }) =>
      withNewsletter(async ({ suppressionFiles }) => {
        const counts = await plainly(
          suppressionFiles.importFrom(file, {
            ...{ dryRun, detail: 'imported by the operator' },
            onProblem: ({ line, problem }) => process.stderr.write(`line ${line}: ${problem}\n`),
          }),
        )
        process.stdout.write(report(counts, dryRun))
        if (counts.invalid) process.exitCode = 1
      }),
    )

  list
    .command('export')
    .description('write the list into a CSV file, which import takes back without loss')
    .argument('<file>', 'replaced if it is there; only its owner can read it')
    .action((file: string) =>
      withNewsletter(async ({ suppressionFiles }) => {
        const count = await suppressionFiles.exportTo(file)
        process.stdout.write(
          `${count.toLocaleString('en')} ${count === 1 ? 'address' : 'addresses'} exported to ${file}.\n`,
        )
      }),
    )
}

function report({ lines, added, known, repeated, invalid }: SuppressionCounts, dryRun: boolean): string {
  const head = `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}${dryRun ? '; nothing was changed' : ''}\n`
  const told: [number, string][] = [
    [added, 'new'],
    [known, 'on the list already'],
    [repeated, 'repeated inside the file'],
    [invalid, 'could not be read'],
  ]
  return (
    head +
    told
      .filter(([count]) => count > 0)
      .map(([count, what]) => `  ${count.toLocaleString('en')} ${what}\n`)
      .join('')
  )
}

async function plainly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof Problem ? new OperatorError(error.message) : error
  }
}
