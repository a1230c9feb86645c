import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { isAgeRecipient } from '../foundation/age.js'
import { OperatorError } from '../foundation/errors.js'
import { fileSize } from '../foundation/file-size.js'
import { credentialFile, keyNames } from '../foundation/secret.js'
import type { Premises } from './archive.js'
import type { Manifest } from './contents.js'
import { makeBackup, type Progress } from './making.js'
import { restoreBackup } from './restoring.js'

export interface BackupCommandServices {
  /** read when a command runs: the environment may be wrong */
  premises(): Premises & { about: Pick<Manifest, 'program' | 'site'> }
  /** Looks whether this program can work with what is in a folder, and marks it as a copy. */
  settle(folder: string): Promise<void>
  now(): string
}

interface BackupOptions {
  recipient: string[]
  force?: boolean
}

interface RestoreOptions {
  identity?: string
  into?: string
  force?: boolean
}

/** `backup` and `restore`. */
export function backupCommands(services: BackupCommandServices): Command[] {
  return [backupCommand(services), restoreCommand(services)]
}

function backupCommand({ premises, now }: BackupCommandServices): Command {
  return new Command('backup')
    .description('write all that the paper cannot make again into one file, also while it is served')
    .argument('<file>', 'a new file (.tar.gz, or .tar.gz.age when it is sealed), best on another disk')
    .option(
      '--recipient <key>',
      'seal it to an age public key (age1…); may be given several times',
      collect,
      [],
    )
    .option('--force', 'replace a file that is there')
    .action(async (file: string, { recipient, force = false }: BackupOptions) => {
      for (const key of recipient)
        if (!isAgeRecipient(key)) throw new OperatorError(`${key} is no age public key (age1…).`)
      const { about, ...place } = premises()
      const made = await makeBackup(place, {
        ...{ file: path.resolve(file), recipients: recipient, force },
        ...{ onProgress: progressLine(), signal: endedByHand() },
        about: { ...about, begun: now() },
      })
      clearLine()
      print(
        `${made.file}: ${fileSize(made.size)}, ${made.manifest.files} files, ${recipient.length ? 'sealed, ' : ''}written and read again.`,
        ...(recipient.length ? [] : whatLiesOpen(place)),
        ...whatIsNotThere(made.manifest),
      )
    })
}

function restoreCommand({ premises, settle, now }: BackupCommandServices): Command {
  return new Command('restore')
    .description('put a backup in the place of the data folder, after every byte of it was checked')
    .argument('<file>', 'a backup, or - for standard input')
    .option('--identity <file>', 'the secret key that opens a sealed one, as age-keygen writes it')
    .option('--into <folder>', 'another folder than DATA_DIR')
    .option('--force', 'put aside what is in the folder')
    .action(async (file: string, { identity, into, force = false }: RestoreOptions) => {
      const { dataDir, databaseFile } = premises()
      if (!into && databaseFile !== path.join(dataDir, 'site.db'))
        throw new OperatorError(
          'DATABASE_URL names another file than site.db in DATA_DIR. Restore with --into, then move site.db there by hand.',
        )
      const target = path.resolve(into ?? dataDir)
      const identities = identity ? await readIdentities(identity) : []
      const { manifest, replaced } = await restoreBackup({
        ...{ file, identities, into: target, force, settle, now: now() },
      })
      print(
        `Made ${manifest.begun} by Handpress ${manifest.program} for ${manifest.site}: ${manifest.files} files, each as it was.`,
        `${target} is restored.`,
        ...(replaced
          ? [
              `What was there before lies in ${replaced}. It holds the same secrets: delete it once all is well.`,
            ]
          : []),
        'Articles, issues and mails that fell due since then wait for an editor at the desk.',
      )
    })
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

async function readIdentities(file: string): Promise<string[]> {
  const found = (await readFile(file, 'utf8'))
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.startsWith('AGE-SECRET-KEY-1'))
  if (found.length) return found
  throw new OperatorError(
    `${file} holds no secret key (AGE-SECRET-KEY-1…). If it is sealed with a passphrase, open it with age -d first.`,
  )
}

function whatLiesOpen(place: Premises): string[] {
  const elsewhere = keyNames.filter(name => credentialFile(place, name))
  const keys = elsewhere.length === keyNames.length ? '' : ' and has keys that the paper signs with'
  return [
    `It is not sealed: whoever has it reads the list of readers${keys}.`,
    'The newsroom’s own secret key (newsroom-key.txt), if it lies here, is not in it. Seal it with --recipient age1….',
    ...(elsewhere.length
      ? [
          `Keys that systemd hands over are not in it either, ${elsewhere.join(', ')}: only a sealed backup holds them.`,
        ]
      : []),
  ]
}

function whatIsNotThere({ missing, leftOut }: Manifest): string[] {
  return [
    ...(missing.length
      ? [
          `${missing.length} files that the database names were gone before: ${missing.slice(0, 5).join(', ')}`,
        ]
      : []),
    ...(leftOut.length
      ? [`Left out, since their names are too long: ${leftOut.slice(0, 5).join(', ')}`]
      : []),
  ]
}

/** Whoever ends the command gets its number back, as shells count it, and finds nothing half done. */
function endedByHand(): AbortSignal {
  const given = new AbortController()
  const end = (code: number) => () => {
    process.exitCode = code
    given.abort()
  }
  process.once('SIGTERM', end(143)).once('SIGINT', end(130)).once('SIGHUP', end(129))
  return given.signal
}

const EVERY = 500

/** Says on a terminal how far it is; says nothing elsewhere. */
function progressLine(): ((progress: Progress) => void) | undefined {
  if (!process.stderr.isTTY) return undefined
  let last = 0
  return ({ doing, bytes }) => {
    if (performance.now() - last < EVERY) return
    last = performance.now()
    process.stderr.write(`\r${doing} ${fileSize(bytes)} …\u001b[K`)
  }
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
