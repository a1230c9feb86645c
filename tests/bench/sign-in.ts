import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'

// Measures whether the time of an answer tells that an account exists: the same requests for an address that has one
// and for one that has none, taken in turns so that what else the machine does falls on both.
// Run it with `npx tsx tests/bench/sign-in.ts [rounds]`.

const rounds = Number(process.argv[2] ?? 200)
const known = 'ada@example.org'
const unknown = 'bob@example.org'

const dataDir = await mkdtemp(path.join(tmpdir(), 'handpress-bench-'))
const environment = { DATA_DIR: dataDir, LOG_LEVEL: 'silent', RATE_LIMITS: 'off' }
const app = await openApp(readConfig(environment))
await app.staff.addAccount({
  ...{ name: 'Ada', email: known, role: 'owner', password: 'four unrelated words here' },
})

await compare('a wrong password', email => send('/admin/sign-in', { email, password: 'three wrong words' }))
await compare('asking for a new password', email => send('/admin/reset', { email }))

await app.http.close()
// The same with limits on: beyond the fifth failure both are refused before anything is computed.
const limited = await openApp(readConfig({ ...environment, RATE_LIMITS: 'on' }))
const locked = (email: string) => () =>
  limited.staff.signIn({ email, password: 'x' }, stranger).catch(() => undefined)
const stranger = { device: 'bench', mark: undefined }
for (let failure = 0; failure < 5; failure += 1) for (const email of [known, unknown]) await locked(email)()
await compare('a locked account', email => locked(email)())
await limited.http.close()
await rm(dataDir, { recursive: true })

async function send(url: string, fields: Record<string, string>): Promise<unknown> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return app.http.inject({ method: 'POST', url, headers, payload: new URLSearchParams(fields).toString() })
}

async function compare(what: string, ask: (email: string) => Promise<unknown>): Promise<void> {
  const times: Record<string, number[]> = { [known]: [], [unknown]: [] }
  for (let round = 0; round < rounds + 10; round += 1) {
    const order = round % 2 ? [known, unknown] : [unknown, known]
    for (const email of order) {
      const begin = performance.now()
      await ask(email)
      const took = performance.now() - begin
      if (round >= 10) times[email]?.push(took)
      // What comes after the answer (a mail, say) is no part of it.
      await new Promise(resolve => setTimeout(resolve, 15))
    }
  }
  for (const [email, taken] of Object.entries(times))
    process.stdout.write(`${what}, ${email === known ? 'known  ' : 'unknown'}: ${quartiles(taken)}\n`)
}

function quartiles(taken: number[]): string {
  const sorted = [...taken].sort((a, b) => a - b)
  const at = (part: number) => `${(sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2)} ms`
  return `quartiles ${at(0.25)}, ${at(0.5)}, ${at(0.75)}`
}
