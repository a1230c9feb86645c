import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { programFolder } from '../../src/config.js'
import { sql } from '../../src/foundation/database.js'
import { migrate } from '../../src/foundation/migrate.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { migrationFolders } from '../../src/premises.js'

/**
 * How many mails of an issue the press hands to a relay in a second, with the ledger and all, beside a bare nodemailer pool that
 * sends the same bytes over as many connections from the same core; how long it takes to queue an issue for a million readers;
 * and how much memory that takes. Ratios of one run are what counts.
 */
const rounds = 5
const mails = 4_000
const connections = 10
const readers = { daily: 1_000, every: 100_000, all: 1_000_000 }
// Real relays take commands in groups (RFC 2920), all but a few.
const relays = { groups: 3915, singly: 3916 }
type Relay = keyof typeof relays
const cores = availableParallelism()
const folder = await mkdtemp(path.join(tmpdir(), 'handpress-bench-'))
const children: ChildProcess[] = []
const report: Record<string, unknown> = {
  machine: `${cpus()[0]?.model.trim()}, ${cores} cores, node ${process.version}`,
}

try {
  for (const [way, port] of Object.entries(relays))
    start('1', ['tests/bench/mail-sink.ts', String(port), way])
  say(`${report.machine}\nmedians of ${rounds} rounds of ${mails} mails, ${connections} connections\n`)
  say('signed with         press/s   pool/s   ratio   bytes   press µs  pool µs')
  const keys = await writeKeys()
  const small = path.join(folder, 'small')
  await fill(small, { daily: mails, every: 0, all: mails })
  for (const [name, way, dkim] of [
    ['nothing', 'groups', undefined],
    ['nothing, singly', 'singly', undefined],
    ['Ed25519', 'groups', keys.ed25519],
    ['RSA-2048', 'groups', keys.rsa],
  ] as const)
    report[name] = await beside(name, { dataDir: small, way, dkim })

  say('\nqueued          queueing s   sent/s   peak RSS MB')
  const large = path.join(folder, 'large')
  await fill(large, readers)
  for (const [name, frequency, most] of [
    ['1,000', 'daily', 1_000],
    ['100,000', 'every', 20_000],
    ['1,000,000', null, 20_000],
  ] as const)
    report[`queue of ${name}`] = await queueOf(name, large, { frequency, most })
  say(`\n${JSON.stringify(report)}`)
} finally {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
}

function url(way: Relay): string {
  return `smtp://127.0.0.1:${relays[way]}?connections=${connections}`
}

async function beside(
  name: string,
  { dataDir, way, dkim }: { dataDir: string; way: Relay; dkim: string | undefined },
) {
  const sample = path.join(folder, `sample-${name}.eml`)
  const environment = {
    ...site(dataDir),
    ...(dkim && { DKIM_SELECTOR: 'bench', DKIM_KEY_FILE: dkim }),
  }
  const press = sender(['press', url(way), sample], environment)
  const order = { frequency: 'daily', most: mails }
  await press.round(order)
  const bare = sender(['bare', url(way), sample], {})
  await bare.round(order)
  const rates: { press: number[]; bare: number[] } = { press: [], bare: [] }
  const work: typeof rates = { press: [], bare: [] }
  for (let round = 0; round < rounds; round += 1) {
    const [one, other] = [await press.round(order), await bare.round(order)]
    rates.press.push(one.perSecond)
    rates.bare.push(other.perSecond)
    work.press.push(one.cpuPerMail)
    work.bare.push(other.cpuPerMail)
  }
  press.end()
  bare.end()
  const [own, pool] = [median(rates.press), median(rates.bare)]
  const bytes = Number(execFileSync('stat', ['-c', '%s', sample]))
  const ratio = own / pool
  const cpu = { press: median(work.press), pool: median(work.bare) }
  say(
    `${name.padEnd(16)} ${own.toFixed(0).padStart(10)} ${pool.toFixed(0).padStart(8)} ${ratio.toFixed(2).padStart(7)} ${String(bytes).padStart(7)} ${cpu.press.toFixed(0).padStart(10)} ${cpu.pool.toFixed(0).padStart(8)}`,
  )
  return { press: own, pool, ratio, bytes, cpuPerMail: cpu }
}

async function queueOf(name: string, dataDir: string, order: object) {
  const press = sender(['press', url('groups'), path.join(folder, 'sample-large.eml')], site(dataDir))
  const { queueingSeconds = 0, perSecond, rss = 0 } = await press.round(order)
  press.end()
  say(
    `${name.padEnd(12)} ${queueingSeconds.toFixed(2).padStart(13)} ${perSecond.toFixed(0).padStart(8)} ${(rss / 1e6).toFixed(0).padStart(13)}`,
  )
  return { queueingSeconds, perSecond, rss }
}

interface Result {
  perSecond: number
  /** microseconds */
  cpuPerMail: number
  queueingSeconds?: number
  rss?: number
}

function sender(args: string[], environment: Record<string, string>) {
  const child = start('0', ['tests/bench/mail-sender.ts', ...args], environment)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return {
    async round(order: object): Promise<Result> {
      child.stdin?.write(`${JSON.stringify(order)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('A sender ended before its round was done.')
      return JSON.parse(value) as Result
    },
    end: () => void child.kill('SIGKILL'),
  }
}

// Senders share the first core, the relay has the second.
function start(core: string, args: string[], environment: Record<string, string> = {}): ChildProcess {
  const node = [process.execPath, '--import', 'tsx', ...args]
  const [command = '', ...rest] = cores > 1 ? ['taskset', '-c', core, ...node] : node
  const child = spawn(command, rest, {
    cwd: programFolder,
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

function site(dataDir: string): Record<string, string> {
  return { DATA_DIR: dataDir, SITE_URL: 'https://paper.example', MAIL_FROM: 'newsletter@paper.example' }
}

/** Puts readers on the list: so many of each frequency, and weekly ones up to all. */
async function fill(dataDir: string, { daily, every, all }: typeof readers): Promise<void> {
  execFileSync('mkdir', ['-p', dataDir])
  const db = openSqlite(path.join(dataDir, 'site.db'))
  await migrate(db, migrationFolders, new Date().toISOString())
  const step = 20_000
  for (let from = 0; from < all; from += step)
    await db.run(sql`
      with recursive numbers (n) as (select ${from} union all select n + 1 from numbers where n + 1 < ${Math.min(from + step, all)})
      insert into subscribers (id, email, email_key, name, frequency, status, created, confirmed)
      select printf('01912345-%04x-7%03x-8000-%012x', (n >> 12) & 65535, n & 4095, n),
        'reader-' || n || '@d' || (n % 1000) || '.example', 'reader-' || n || '@d' || (n % 1000) || '.example', '',
        case when n < ${daily} then 'daily' when n < ${daily + every} then 'every' else 'weekly' end, 'active',
        '2021-01-01T00:00:00.000Z', '2021-01-01T00:00:00.000Z' from numbers`)
  await db.close()
}

async function writeKeys(): Promise<{ ed25519: string; rsa: string }> {
  const encoding = { type: 'pkcs8', format: 'pem' } as const
  const files = { ed25519: path.join(folder, 'ed25519.pem'), rsa: path.join(folder, 'rsa.pem') }
  await writeFile(files.ed25519, generateKeyPairSync('ed25519').privateKey.export(encoding), { mode: 0o600 })
  await writeFile(
    files.rsa,
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(encoding),
    { mode: 0o600 },
  )
  return files
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
