import type { Command } from 'commander'
import { OperatorError } from '../../foundation/errors.js'
import type { WithNewsletter } from '../commands.js'
import type { Progress } from './schema.js'

const statusHelp = `
ISSUE is an issue's number, slug or id. Without it all issues under way are told of, or else the newest.

With --json an object is printed for one ISSUE, an array without. Counts are of readers: queued (waiting or under way), accepted
(by a relay), failed (the reason stands in the desk), unknown (sent when the program or the connection stopped; an editor
decides). perMinute and eta are null while nothing moves. It may be asked while the server runs.`

/** `newsletter status`. */
export function addStatusCommand(group: Command, withNewsletter: WithNewsletter): void {
  group
    .command('status')
    .description('how far issues are on their way to their readers')
    .argument('[issue]', 'number, slug or id')
    .option('--json', 'print JSON')
    .addHelpText('after', statusHelp)
    .action((issue: string | undefined, { json = false }: { json?: boolean }) =>
      withNewsletter(async ({ delivery }) => {
        const found = await delivery.status(issue)
        if (issue !== undefined && found.length === 0)
          throw new OperatorError(`No issue that was sent has the number, slug or id ${issue}.`)
        process.stdout.write(json ? asJson(found, issue) : asText(found))
      }),
    )
}

function asJson(found: Progress[], issue: string | undefined): string {
  const all = found.map(({ perMinute, eta, issueId, ...rest }) => ({
    issue: issueId,
    ...rest,
    perMinute: perMinute ?? null,
    eta: eta ?? null,
  }))
  return `${JSON.stringify(issue === undefined ? all : all[0], null, 2)}\n`
}

function asText(found: Progress[]): string {
  if (found.length === 0) return 'No issue was sent yet.\n'
  return found.map(lines).join('\n')
}

function lines({ number, subject, state, queued, accepted, failed, unknown, ...rest }: Progress): string {
  const moving =
    rest.perMinute === undefined
      ? ''
      : `  ${rest.perMinute} a minute${rest.eta ? `, done at ${rest.eta}` : ''}\n`
  return (
    `${number}  ${subject}  ${state}\n` +
    `  queued ${queued}  accepted ${accepted}  failed ${failed}  unknown ${unknown}\n${moving}`
  )
}
