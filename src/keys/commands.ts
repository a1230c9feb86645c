import { Argument, Command } from 'commander'
import { OperatorError } from '../foundation/errors.js'
import { findRing, isElsewhere, type KeyName, keyNames, withNewKey } from '../foundation/secret.js'
import { stepsToForget, stepsToReplace } from './credentials.js'
import { isForgettable, knownKeys } from './note.js'
import { changeRings, type Premises } from './replacing.js'

export interface KeyCommandServices {
  /** read when a command runs: the environment may be wrong */
  premises(): Premises
  /** Opens the paper, which takes the keys into use that lie there, and closes it. */
  settle(): Promise<void>
  /** Seals anew what an older key might still have sealed, as in a database that was put back. */
  makeAnew(): Promise<void>
  /** how many recovery codes end when older keys are forgotten */
  codesThatEnd(): Promise<number>
  now(): string
}

const anyName = () => new Argument('[name]', 'one of them instead of all').choices(keyNames)

/** What hangs on each key. */
const hanging: Record<KeyName, string> = {
  'audit-key': 'the chain of the audit trail',
  'staff-key': 'seeds of apps, recovery codes, known browsers, open forms, texts that browsers keep unsaved',
  'secret-key':
    'readers’ links in mail, return paths, hashes of addresses that get no mail, the address for relays’ reports',
}

/** What should follow, where a key was replaced since somebody else has it. */
const advice: Record<KeyName, string> = {
  'audit-key':
    'Whoever has the older key can change no entry unseen: the new one holds the end of what it chained.',
  'staff-key':
    'Whoever has the older key and the database of that time has the seeds of the apps: let those who use one set it up anew (handpress staff reset EMAIL --second-factor).',
  'secret-key':
    'Whoever has the older key can make readers’ links until it is forgotten. Give relays that report by HTTP the new address (Newsletter, Bounces).',
}

/** `keys`, `keys replace` and `keys forget`. */
export function keysCommand(services: KeyCommandServices): Command {
  const command = new Command('keys').description(
    'the secrets that the paper stands on: list, replace, forget',
  )
  command.action(() => print(...list(services)))

  command
    .command('replace')
    .description('put a new key before those that there are, and make anew what can be made anew')
    .addArgument(anyName())
    .action(async (name: KeyName | undefined) => {
      const names = name ? [name] : keyNames
      const premises = services.premises()
      refuseElsewhere(premises, names, stepsToReplace)
      changeRings(premises, names, withNewKey)
      await services.settle()
      print(...names.flatMap(replaced => [`${replaced} is replaced. ${advice[replaced]}`]))
      const forgettable = names.filter(isForgettable)
      if (forgettable.length)
        print(
          `The older ones are believed for what they made until: handpress keys forget${name ? ` ${name}` : ''}`,
        )
      print('Backups that were made before hold the older keys.')
    })

  command
    .command('forget')
    .description('say what ends when keys that were replaced are not believed any more; with --yes, end it')
    .addArgument(anyName())
    .option('--yes', 'do it')
    .action(async (name: KeyName | undefined, { yes }: { yes?: boolean }) => {
      if (name && !isForgettable(name)) throw new OperatorError(keptForProof)
      const premises = services.premises()
      const names = (name ? [name] : keyNames.filter(isForgettable)).filter(
        one => findRing(premises, one)?.older.length,
      )
      if (names.length === 0) return print('There are no older keys to forget.')
      for (const one of names) print(...(await ends(services, one)))
      if (!yes) return print('Nothing is forgotten yet. To do it: add --yes.')
      refuseElsewhere(premises, names, stepsToForget)
      await services.makeAnew()
      changeRings(premises, names, ({ newest }) => ({ newest, older: [] }))
      await services.settle()
      print(
        `${names.join(' and ')}: the older keys are forgotten. Backups that were made before still hold them.`,
      )
    })

  return command
}

const keptForProof =
  'An older audit-key proves the entries that it made, and is believed for no others: it stays, and there is nothing to forget.'

function list({ premises, now }: KeyCommandServices): string[] {
  const holder = premises()
  return keyNames.flatMap(name => {
    const ring = findRing(holder, name)
    if (!ring) return [`${name}\tnot made yet`]
    const [newest, ...older] = knownKeys(holder, name, ring, now())
    const place = isElsewhere(holder, name) ? 'a credential' : 'a file'
    return [
      `${name}\tsince ${day(newest.since)}\t${place}\t${hanging[name]}`,
      ...older.map(({ since }) => `\tolder, of ${day(since)}: believed for what it made`),
    ]
  })
}

async function ends({ premises, codesThatEnd, now }: KeyCommandServices, name: KeyName): Promise<string[]> {
  const holder = premises()
  const ring = findRing(holder, name)
  if (!ring) return []
  const since = day(knownKeys(holder, name, ring, now())[0].since)
  if (name === 'secret-key')
    return [
      `secret-key: links to leave, and to readers’ own pages, in mail that went out before ${since} end; what comes back of such mail is not matched any more; relays that still report to the address of before are refused. Links to confirm go on, and so does the list of addresses that get no mail.`,
    ]
  return [
    `staff-key: ${await codesThatEnd()} recovery codes that were made before ${since} end: their owners make new ones at My account. Browsers that signed in before count as new ones; texts that they keep unsaved since before cannot be opened any more. Apps and passkeys go on.`,
  ]
}

function refuseElsewhere(
  holder: Premises,
  names: readonly KeyName[],
  steps: (names: KeyName[]) => string[],
): void {
  const given = names.filter(name => isElsewhere(holder, name))
  if (given.length === 0) return
  throw new OperatorError(
    [
      `${given.join(', ')}: systemd hands this over, and this program cannot write it. Nothing was changed. As root:`,
      ...steps(given).map(step => `    ${step}`),
      'The keys stand one after the other, the newest first. The start takes them into use, and notes it in the audit trail.',
    ].join('\n'),
  )
}

const day = (instant: string): string => instant.slice(0, 10)

function print(...lines: string[]): void {
  if (lines.length) process.stdout.write(`${lines.join('\n')}\n`)
}
