/** What one look at the paper found. */
export interface Finding {
  check: string
  state: 'ok' | 'warn' | 'fail'
  /** what is so, and what to do where it should not be */
  text: string
}

export const ok = (check: string, text: string): Finding => ({ check, state: 'ok', text })
export const warn = (check: string, text: string): Finding => ({ check, state: 'warn', text })
export const fail = (check: string, text: string): Finding => ({ check, state: 'fail', text })

/** One look at the paper. It changes nothing. */
export interface Check {
  name: string
  look(): Promise<Finding[]>
}

/** Looks at one thing after the other; what cannot be looked at is a finding as well. */
export async function lookAtAll(checks: Check[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, look } of checks)
    findings.push(
      ...(await look().catch((error: Error) => [fail(name, `It cannot be looked at: ${error.message}.`)])),
    )
  return findings
}
