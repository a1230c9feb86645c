import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { OperatorError } from '../foundation/errors.js'

/** The passphrase in a file, without the end of its line; where no file is named, what is typed on the terminal, unseen. */
export async function readPassphrase(file: string | undefined): Promise<string> {
  if (file) return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  if (process.stdin.isTTY) return typed()
  throw new OperatorError(
    'The key is sealed with a passphrase, and there is no terminal to ask for it. Name a file that holds it: --passphrase-file.',
  )
}

async function typed(): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true })
  // SIGINT, as a shell tells it
  lines.once('SIGINT', () => process.exit(130))
  process.stderr.write('Passphrase of the key: ')
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
