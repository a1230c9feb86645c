import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { OperatorError } from '../foundation/errors.js'
import { newKeyPair } from './newsroom-key.js'
import { identitiesFrom, openPart, sealedFiles } from './open.js'

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
    .description('read sealed tips: messages are printed, files written to a folder')
    .argument('[dir]', 'folder with sealed tips, or one sealed file (default: DATA_DIR/tips/sealed)')
    .requiredOption('--identity <file>', "the newsroom's secret key")
    .option('--out <folder>', 'where to write the files that came with tips', 'opened-tips')
    .action(async (dir: string | undefined, { identity, out }: { identity: string; out: string }) => {
      const place = dir ?? sealed()
      const decrypter = await identitiesFrom(identity)
      const files = await sealedFiles(place)
      if (files.length === 0) throw new OperatorError(`There is no sealed tip (*.age) in ${place}.`)
      for (const file of files) {
        const tip = path.basename(path.dirname(file))
        const { texts, files: written } = await openPart(file, decrypter, path.join(out, tip))
        process.stdout.write(`\n== tip ${tip}, ${path.basename(file, '.age')}\n`)
        for (const { name, text } of texts) process.stdout.write(`-- ${name}\n${visible(text)}\n`)
        for (const target of written) process.stdout.write(`-- file written to ${target}\n`)
      }
    })

  return tips
}

// A message is a stranger's: control sequences in it could rewrite what the terminal shows.
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}
