import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'

// Measures whether the time of an answer tells that an account exists: the same requests for an address that has one
// and for one that has none, taken in turns so that what else the machine does falls on both, and compared by the test of Mann and
// Whitney, two-sided. It ends with 1 where that tells them apart (p ≤ 0.05), or where the answers are not the same.
// Run it with `npx tsx tests/bench/sign-in.ts [rounds]`; 500 rounds are 1,000 attempts.

const rounds = Number(process.argv[2] ?? 500)
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
  const payload = new URLSearchParams(fields).toString()
  const { statusCode, body } = await app.http.inject({ method: 'POST', url, headers, payload })
  // What was typed stands in the form again, which is no difference that tells anything.
  return `${statusCode} ${body.replaceAll(fields.email ?? '', '…').replace(/nonce-[\w+/=-]+|value="[\w-]{20,}"/g, '')}`
}

async function compare(what: string, ask: (email: string) => Promise<unknown>): Promise<void> {
  const times: [number[], number[]] = [[], []]
  const answers = new Set<unknown>()
  for (let round = 0; round < rounds + 10; round += 1) {
    const order = round % 2 ? [known, unknown] : [unknown, known]
    for (const email of order) {
      const begin = performance.now()
      const answer = await ask(email)
      const took = performance.now() - begin
      if (round >= 10) times[email === known ? 0 : 1].push(took)
      answers.add(answer)
      // What comes after the answer (a mail, say) is no part of it.
      await new Promise(resolve => setTimeout(resolve, 15))
    }
  }
  const p = mannWhitney(...times)
  for (const [index, who] of ['known  ', 'unknown'].entries())
    process.stdout.write(`${what}, ${who}: ${quartiles(times[index] ?? [])}\n`)
  process.stdout.write(
    `${what}: p = ${p.toFixed(3)}, ${answers.size === 1 ? 'the same answer' : 'different answers'}\n`,
  )
  if (p <= 0.05 || answers.size > 1) process.exitCode = 1
}

/**
 * How likely samples of one distribution differ as much as these: rank sums, two-sided, by the normal approximation, which is good
 * from some twenty values on (Mann and Whitney 1947). Equal times share their ranks.
 */
function mannWhitney(a: number[], b: number[]): number {
  const all = [...a.map(took => ({ took, first: true })), ...b.map(took => ({ took, first: false }))]
  all.sort((one, other) => one.took - other.took)
  let ranks = 0
  for (let start = 0; start < all.length; ) {
    let end = start
    while (end < all.length && all[end]?.took === all[start]?.took) end += 1
    const shared = (start + 1 + end) / 2
    for (const { first } of all.slice(start, end)) if (first) ranks += shared
    start = end
  }
  const u = ranks - (a.length * (a.length + 1)) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return 2 * (1 - normal(Math.abs(u - (a.length * b.length) / 2) / deviation))
}

/** The share of a normal distribution below `z` ≥ 0 (Abramowitz and Stegun 26.2.17; wrong by less than 10⁻⁷). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const tail = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = tail.reduce((total, factor, index) => total + factor * t ** (index + 1), 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}

function quartiles(taken: number[]): string {
  const sorted = [...taken].sort((a, b) => a - b)
  const at = (part: number) => `${(sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2)} ms`
  return `quartiles ${at(0.25)}, ${at(0.5)}, ${at(0.75)}`
}
