import { Command } from 'commander'
import type { Finding } from './finding.js'

export type Examine = (options: { offline: boolean }) => Promise<Finding[]>

/** `doctor`: looks the paper over, beside a program that serves as well, and says what to do. */
export function doctorCommand(examine: Examine): Command {
  return new Command('doctor')
    .description(
      'look over databases, files, permissions, clock, disk, keys, mail, certificate and backups; exit 1 when something fails',
    )
    .option('--json', 'for programs')
    .option('--offline', 'ask neither the DNS nor the certificate')
    .action(async ({ json, offline = false }: { json?: boolean; offline?: boolean }) => {
      const findings = await examine({ offline })
      process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : report(findings))
      if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1
    })
}

function report(findings: Finding[]): string {
  const count = (wanted: Finding['state']) => findings.filter(({ state }) => state === wanted).length
  return [
    ...findings.map(({ check, state, text }) => `${state.padEnd(4)}  ${check.padEnd(12)} ${text}`),
    '',
    `${count('ok')} well, ${count('warn')} to see to, ${count('fail')} failing.`,
    '',
  ].join('\n')
}
