import type { Command } from 'commander'
import type { WithNewsletter } from '../commands.js'
import { messagesIn } from './mailbox.js'
import { bounceKinds } from './schema.js'
import type { Taken } from './service.js'

// sysexits.h: EX_TEMPFAIL; mail servers keep a mail that they could not hand over and try again.
const TRY_AGAIN = 75

const bouncesHelp = `
FILE is a message, a mailbox (mbox), or a folder of messages such as a Maildir; - reads standard input, so that a mail server can
hand bounces over as they come, for example from Postfix with this line in /etc/aliases, where press is the name before the @ in
MAIL_FROM and recipient_delimiter is +:

  press: "|DATA_DIR=/srv/press handpress newsletter bounces -"

What cannot be matched to a reader is noted and changes nothing. Reading the same messages again is harmless.`

/** `newsletter bounces` */
export function addBounceCommands(group: Command, withNewsletter: WithNewsletter): void {
  group
    .command('bounces')
    .description('take bounces and complaints from a file, a mailbox, a folder or a pipe')
    .argument('<file>', 'or - for standard input')
    .option('--to <address>', 'the address that the mail came to, where the mail itself does not tell')
    .addHelpText('after', bouncesHelp)
    .action(async (file: string, { to }: { to?: string }) => {
      try {
        await withNewsletter(async ({ bounces }) => {
          const tally = new Map<string, number>()
          let count = 0
          for await (const raw of messagesIn(file, process.stdin)) {
            note(tally, await bounces.takeReport(raw, { source: 'command', envelopeTo: to, dated: true }))
            count += 1
            if (count % 10_000 === 0) process.stderr.write(`${count.toLocaleString('en')} messages\n`)
          }
          process.stdout.write(report(count, tally))
        })
      } catch (error) {
        if (file !== '-') throw error
        process.stderr.write(
          `The mail could not be taken; it can be handed over again. ${(error as Error).message}\n`,
        )
        process.exitCode = TRY_AGAIN
      }
    })
}

function note(tally: Map<string, number>, { kind, decision, matched, repeated }: Taken): void {
  const what = [
    kind,
    matched ? '' : 'unmatched',
    repeated ? 'known' : decision === 'suppressed' ? 'suppressed' : '',
  ]
  for (const name of what.filter(Boolean)) tally.set(name, (tally.get(name) ?? 0) + 1)
}

function report(count: number, tally: Map<string, number>): string {
  const line = (name: string) => `  ${(tally.get(name) ?? 0).toLocaleString('en')} ${name}\n`
  const head = `${count.toLocaleString('en')} ${count === 1 ? 'message' : 'messages'}\n`
  return head + [...bounceKinds, 'suppressed', 'known', 'unmatched'].map(line).join('')
}
