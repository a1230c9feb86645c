import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { availableParallelism, cpus, getPriority, setPriority, tmpdir } from 'node:os'
import path from 'node:path'
import autocannon from 'autocannon'
import { programFolder } from '../../src/config.js'

/**
 * What uploads to the tip line cost: memory for one of 100 MB, and for how long twenty at once take and what readers of an article feel of
 * them. Senders and readers run on the same machine as the press; the senders, who stand for a network, behind everything else.
 */

const MB = 1_048_576
const SIZE = 99 * MB
const AT_ONCE = 20
const port = 3914
const base = `http://127.0.0.1:${port}`
if (process.argv[2]) await send(process.argv[2], Number(process.argv[3]))
else await measure()

async function measure(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'handpress-bench-'))
  const press = start(folder)
  try {
    await answering(`${base}/readyz`)
    await fetch(`${base}/`)
    const article = /href="(\/articles\/[^"]+)"/.exec(await (await fetch(`${base}/`)).text())?.[1] ?? '/'
    await quiet(press)

    process.stdout.write(
      `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, node ${process.version}\n`,
    )
    const before = memory(press, 'VmRSS')
    writeFileSync(`/proc/${press.pid}/clear_refs`, '5') // the peak begins anew: proc_pid_clear_refs(5)
    const alone = await seconds(() => senders(1))
    process.stdout.write(
      `one upload of ${SIZE / MB} MB, the first since the start: ${alone.toFixed(1)} s, ${(SIZE / MB / alone).toFixed(0)} MB/s, ` +
        `peak memory ${(memory(press, 'VmHWM') - before).toFixed(0)} MB more\n`,
    )
    readers(
      'nobody sends',
      await autocannon({ url: `${base}${article}`, connections: 4, duration: 4, overallRate: 100 }),
    )

    let reader: autocannon.Instance | undefined
    const read = new Promise<autocannon.Result>((resolve, reject) => {
      const whileSending = { url: `${base}${article}`, connections: 4, duration: 600, overallRate: 100 }
      reader = autocannon(whileSending, (error, result) => (error ? reject(error) : resolve(result)))
    })
    const together = await seconds(() => senders(AT_ONCE))
    reader?.stop()
    process.stdout.write(
      `${AT_ONCE} at once: ${together.toFixed(1)} s, ${((AT_ONCE * SIZE) / MB / together).toFixed(0)} MB/s, ` +
        `peak memory ${memory(press, 'VmHWM').toFixed(0)} MB in all\n`,
    )
    readers('meanwhile', await read)
  } finally {
    press.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

function start(folder: string): ChildProcess {
  return spawn('dist/main.js', ['serve'], {
    cwd: programFolder,
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      DATA_DIR: path.join(folder, 'press'),
      LOG_LEVEL: 'silent',
      RATE_LIMITS: 'off',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function send(where: string, count: number): Promise<void> {
  setPriority(getPriority() + 5)
  await Promise.all(Array.from({ length: count }, () => upload(where)))
}

async function senders(count: number): Promise<void> {
  const args = ['--import', 'tsx', path.join(programFolder, 'tests/bench/tips.ts'), base, String(count)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('The uploads failed.')
}

// Without a message the file is sealed and then refused: the derivation of a codename is not what is measured.
function upload(base: string): Promise<void> {
  const boundary = 'bench'
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="a"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const block = Buffer.alloc(MB, 'x')
  return new Promise((resolve, reject) => {
    const sending = request(
      `${base}/tips`,
      {
        method: 'POST',
        headers: {
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': head.length + SIZE + tail.length,
        },
      },
      answer => {
        answer
          .resume()
          .on('end', () =>
            answer.statusCode === 422 ? resolve() : reject(new Error(`${answer.statusCode}`)),
          )
      },
    )
    sending.on('error', reject)
    sending.write(head)
    let left = SIZE
    const more = () => {
      while (left > 0) {
        left -= block.length
        if (!sending.write(block)) return void sending.once('drain', more)
      }
      sending.end(tail)
    }
    more()
  })
}

function readers(when: string, { latency, requests, non2xx }: autocannon.Result): void {
  process.stdout.write(
    `article, ${when}: ${requests.average.toFixed(0)}/s, median ${latency.p50} ms, p99 ${latency.p99} ms, longest ${latency.max} ms, not answered well ${non2xx}\n`,
  )
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1_000
}

function memory(press: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${press.pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (
      await fetch(url).then(
        answer => answer.ok,
        () => false,
      )
    )
      return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer`)
}

// The sample edition's pictures are made after the start; that takes the processor and memory of its own.
async function quiet(press: ChildProcess): Promise<void> {
  for (let idle = 0; idle < 20; ) {
    const used = processorTicks(press)
    await new Promise(resolve => setTimeout(resolve, 200))
    idle = processorTicks(press) - used <= 1 ? idle + 1 : 0
  }
}

function processorTicks(press: ChildProcess): number {
  const [user = 0, system = 0] =
    readFileSync(`/proc/${press.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
  return user + system
}
