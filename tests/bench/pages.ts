import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import path from 'node:path'
import autocannon from 'autocannon'
import { programFolder } from '../../src/config.js'

/**
 * How many answers a second the press gives for the article page, the front page and a search, against bare
 * node:http sending the same bytes and headers from the same core. Ratios of one run are what counts; absolute
 * figures of two days are not comparable.
 */
const pages = [
  { name: 'article', url: '/articles/' }, // the lead of the sample edition
  { name: 'front page', url: '/' },
  { name: 'search', url: '/search?q=encryption' },
]
const rounds = 5
const seconds = 3
const pressPort = 3911
const barePort = 3912

// Servers share the first core; this process, which makes the load, keeps to the second.
const cores = availableParallelism()
if (cores > 1) execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)])

const folder = await mkdtemp(path.join(tmpdir(), 'handpress-bench-'))
const children: ChildProcess[] = []
try {
  start(['dist/main.js', 'serve'], {
    PORT: String(pressPort),
    DATA_DIR: path.join(folder, 'press'),
    LOG_LEVEL: 'silent',
    RATE_LIMITS: 'off',
  })
  await answering(`http://127.0.0.1:${pressPort}/readyz`)
  pages[0] = { name: 'article', url: await leadArticle() }
  const answers = path.join(folder, 'answers.json')
  await writeFile(answers, JSON.stringify(await recordAnswers()))
  start(['--import', 'tsx', 'tests/bench/bare.ts', answers, String(barePort)], {})
  await answering(`http://127.0.0.1:${barePort}/`)

  process.stdout.write(`${cpus()[0]?.model.trim()}, ${cores} cores, node ${process.version}\n`)
  process.stdout.write(`medians of ${rounds} rounds of ${seconds} s, 64 connections, gzip\n\n`)
  process.stdout.write('page          press/s   node:http/s   ratio   press p99 ms\n')
  for (const { name, url } of pages) {
    const press: autocannon.Result[] = []
    const bare: autocannon.Result[] = []
    for (let round = 0; round < rounds; round++) {
      press.push(await load(pressPort, url))
      bare.push(await load(barePort, url))
    }
    const rate = median(press.map(result => result.requests.average))
    const control = median(bare.map(result => result.requests.average))
    const p99 = median(press.map(result => result.latency.p99))
    const columns = [
      rate.toFixed(0).padStart(9),
      control.toFixed(0).padStart(13),
      (rate / control).toFixed(3).padStart(7),
      p99.toFixed(0).padStart(14),
    ]
    process.stdout.write(`${name.padEnd(12)}${columns.join(' ')}\n`)
  }
} finally {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
}

function start(args: string[], environment: Record<string, string>): void {
  const pinned = cores > 1 ? ['taskset', '-c', '0', process.execPath, ...args] : [process.execPath, ...args]
  const [command = '', ...rest] = pinned
  const child = spawn(command, rest, {
    cwd: programFolder,
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  children.push(child)
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const status = await fetch(url).then(
      answer => answer.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`${url} did not answer within 30 seconds.`)
}

async function leadArticle(): Promise<string> {
  const html = await (await fetch(`http://127.0.0.1:${pressPort}/`)).text()
  const [, url] = /<h2><a href="(\/articles\/[^"]+)"/.exec(html) ?? []
  if (!url) throw new Error('The sample edition has no lead article.')
  return url
}

async function recordAnswers() {
  const answers: Record<string, { headers: Record<string, string>; body: string }> = {}
  for (const { url } of pages) {
    const { body, headers } = await rawAnswer(url)
    answers[url] = { headers, body: body.toString('base64') }
  }
  return answers
}

/** The answer as it stands on the wire, still compressed. */
async function rawAnswer(url: string): Promise<{ headers: Record<string, string>; body: Buffer }> {
  const { get } = await import('node:http')
  return new Promise((resolve, reject) => {
    get({ port: pressPort, path: url, headers: { 'accept-encoding': 'gzip' } }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        const { date: _date, connection: _connection, 'keep-alive': _alive, ...headers } = response.headers
        resolve({ headers: headers as Record<string, string>, body: Buffer.concat(chunks) })
      })
    }).on('error', reject)
  })
}

function load(port: number, url: string): Promise<autocannon.Result> {
  return autocannon({
    url: `http://127.0.0.1:${port}${url}`,
    connections: 64,
    duration: seconds,
    headers: { 'accept-encoding': 'gzip' },
  })
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
