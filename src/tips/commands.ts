import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Decrypter } from 'age-encryption'
import { Command } from 'commander'
import { OperatorError } from '../foundation/errors.js'
import { readPassphrase } from './passphrase.js'
import { identitiesFrom } from './sealing/identities.js'
import { newKeyPair } from './sealing/newsroom-key.js'
import { openPart, sealedFiles } from './sealing/open.js'

/**
 * `tips keygen` and `tips open`, which need neither server nor database.
 * @param today the day for the key file's heading
 * @param sealed where sealed tips lie unless a folder is named
 */
export function tipCommands({ today, sealed }: { today: () => string; sealed: () => string }): Command {
  const tips = new Command('tips').description("the newsroom's key, and reading tips away from the server")

  tips
    .command('keygen')
    .description('make a key pair for the newsroom, as age-keygen does')
    .option('--output <file>', 'write it there instead of to standard output; never over an existing file')
    .action(async ({ output }: { output?: string }) => {
      const { recipient, identityFile } = await newKeyPair(today())
      if (!output) return void process.stdout.write(identityFile)
      await writeFile(output, identityFile, { mode: 0o600, flag: 'wx' })
      process.stdout.write(`Public key: ${recipient}\n`)
    })

  tips
    .command('open')
    .description('read sealed tips and exported cases: texts are printed, files written to a folder')
    .argument('[dir]', 'folder with sealed tips, or one sealed file (default: DATA_DIR/tips/sealed)')
    .requiredOption('--identity <file>', "the newsroom's secret key; a passphrase may seal it")
    .option('--passphrase-file <file>', 'where the passphrase stands, instead of asking for it')
    .option('--out <folder>', 'where to write the files that came with tips', 'opened-tips')
    .action(async (dir: string | undefined, { identity, passphraseFile, out }: OpenOptions) => {
      const place = dir ?? sealed()
      const decrypter = await identitiesFrom(identity, () => readPassphrase(passphraseFile))
      const files = await sealedFiles(place)
      if (files.length === 0) throw new OperatorError(`There is no sealed tip (*.age) in ${place}.`)
      let shut = 0
      for (const file of files) {
        const opened = await show(file, decrypter, out).catch(orComplain)
        if (!opened) shut += 1
      }
      if (shut) process.exitCode = 1
      if (shut && files.length > 1)
        process.stderr.write(`\n${shut} of ${files.length} sealed files stayed shut.\n`)
    })

  return tips
}

interface OpenOptions {
  identity: string
  passphraseFile?: string
  out: string
}

async function show(file: string, decrypter: Decrypter, out: string): Promise<true> {
  const tip = path.basename(path.dirname(path.resolve(file)))
  const { texts, files } = await openPart(file, decrypter, path.join(out, tip))
  process.stdout.write(`\n== tip ${tip}, ${path.basename(file, '.age')}\n`)
  for (const { name, text } of texts) process.stdout.write(`-- ${name}\n${visible(text)}\n`)
  for (const target of files) process.stdout.write(`-- file written to ${target}\n`)
  return true
}

// One that this key does not open, as those from before it was made, does not keep the others shut.
function orComplain(error: Error): void {
  if (!(error instanceof OperatorError)) throw error
  process.stderr.write(`\n${error.message}\n`)
}

// A message is a stranger's: control sequences in it could rewrite what the terminal shows.
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}
