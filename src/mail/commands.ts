import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command, Option } from 'commander'
import { OperatorError } from '../foundation/errors.js'
import { dkimRecord, zoneText } from './dkim-record.js'
import type { MailService } from './index.js'
import type { Offered } from './offer.js'
import { type Finding, findingLines } from './sender-check.js'

/** Lends the mail service to a command and closes everything after it. */
export type WithMail = (work: (mail: MailService) => Promise<void>) => Promise<void>

/**
 * `mail test` and `mail keygen`.
 * @param mailFrom the address that mail comes from
 */
export function mailCommands(withMail: WithMail, mailFrom: () => string): Command {
  const group = new Command('mail').description(
    'the way out: relays, signatures, and what receivers ask the DNS',
  )

  group
    .command('test')
    .description('send one mail, say which relay took it, and what is missing for receivers to believe it')
    .argument('<address>', 'where to')
    .option('--json', 'for programs')
    .action((address: string, { json }: { json?: boolean }) =>
      withMail(async mail => {
        if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address)) throw new OperatorError(`${address} is no mail address.`)
        const { offered, findings } = await mail.test(address)
        print(
          json
            ? JSON.stringify({ to: address, ...offered, checks: findings }, null, 2)
            : report(offered, findings),
        )
        if (offered.kind !== 'accepted') process.exitCode = 1
      }),
    )

  group
    .command('keygen')
    .description('make an RSA and an Ed25519 key that sign mail (DKIM), and print what to publish')
    .option('--out <folder>', 'where to write the two files; never over existing ones', '.')
    .option('--selector <name>', 'what the keys are called in the DNS', 'press')
    .addOption(
      // 3072 have 128 bits of strength (NIST SP 800-57, table 2), as Ed25519 has; verifiers take 4096 at most for certain (RFC 8301, 3.2).
      new Option('--rsa <bits>', 'how long the RSA key is; longer ones take longer for each mail')
        .choices(['3072', '4096'])
        .default('3072'),
    )
    .action(async ({ out, selector, rsa }: { out: string; selector: string; rsa: string }) => {
      if (!/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/i.test(selector))
        throw new OperatorError('A selector is made of letters, digits and hyphens.')
      const address = mailFrom()
      const domain = address.slice(address.lastIndexOf('@') + 1)
      print(await keygen({ folder: out, selector, domain, bits: Number(rsa) }))
    })

  return group
}

interface Wanted {
  folder: string
  selector: string
  domain: string
  /** of the RSA key */
  bits: number
}

async function keygen({ folder, selector, domain, bits }: Wanted): Promise<string> {
  const pairs: [string, KeyObject][] = [
    [`${selector}-rsa`, generateKeyPairSync('rsa', { modulusLength: bits }).privateKey],
    [`${selector}-ed25519`, generateKeyPairSync('ed25519').privateKey],
  ]
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const [name, key] of pairs) {
    const file = path.resolve(folder, `${name}.pem`)
    await writeFile(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
    files.push(file)
  }
  return [
    'Publish in the DNS (what stands in several strings is one record; where a form asks for the text alone, join them without a space):',
    ...pairs.map(([name, key]) => `${name}._domainkey.${domain}. TXT ${zoneText(dkimRecord(key))}`),
    '',
    'Then set:',
    `DKIM_SELECTOR=${pairs.map(([name]) => name).join(',')}`,
    `DKIM_KEY_FILE=${files.join(',')}`,
  ].join('\n')
}

function report(offered: Offered, findings: Finding[]): string {
  return [sentence(offered), '', ...findings.flatMap(findingLines)].join('\n')
}

function sentence(offered: Offered): string {
  const { relay = 'no relay' } = offered
  if (offered.kind === 'accepted')
    return relay === 'outbox'
      ? `No relay is set (SMTP_URL): the mail was ${offered.response}, in DATA_DIR/outbox.`
      : `${relay} took the mail: ${offered.response}`
  if (offered.kind === 'unknown')
    return `${relay} gave no answer; the mail may have arrived: ${offered.reason}`
  return `The mail was not taken (${relay}): ${offered.reason}`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
