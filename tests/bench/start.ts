import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFolder } from '../../src/config.js'
import { buildArchive } from './archive.js'
import { type Figures, median, printFigures } from './figures.js'
import { onServersCore, program } from './server.js'

/**
 * From the start of the program to its first answer, the front page, over a database that is there already, beside the least program
 * with Fastify, SQLite and Eta; and the memory that each rests on. Medians of 5 starts.
 *
 *     npx tsx tests/bench/start.ts [DIR]      the data directory; a small one is made where none is named
 */
const STARTS = 5
const PORT = 3_913
const REST = 3_000

const least = `
import Fastify from 'fastify'
import view from '@fastify/view'
import { Eta } from 'eta'
import Sqlite from 'better-sqlite3'
const db = new Sqlite(process.env.DATA_DIR + '/least.db')
db.pragma('journal_mode = WAL')
const one = db.prepare('select 1 as one')
const http = Fastify()
await http.register(view, { engine: { eta: new Eta({ views: 'views' }) }, root: 'views', viewExt: 'eta' })

http.get('/plain', () => one.get())
await http.listen({ port: Number(process.env.PORT) })`

/** @param dataDir of an archive */
export async function measureStart(dataDir: string): Promise<Figures> {
  const press = () => started(program, ['serve'], dataDir, '/')
  const control = () => started(process.execPath, ['--input-type=module', '-e', least], dataDir, '/plain')
  await press()
  const figures: Figures = {}
  const starts: Record<string, Start[]> = { Handpress: [], 'Fastify, SQLite, Eta': [] }
  for (let n = 0; n < STARTS; n++) {
    starts.Handpress?.push(await press())
    starts['Fastify, SQLite, Eta']?.push(await control())
  }
  for (const [name, taken] of Object.entries(starts))
    figures[name] = {
      'first answer ms': median(taken.map(({ firstAnswer }) => firstAnswer)),
      'idle MB': median(taken.map(({ resident }) => resident)),
    }
  return figures
}

interface Start {
  firstAnswer: number
  resident: number
}

async function started(command: string, args: string[], dataDir: string, url: string): Promise<Start> {
  const begun = performance.now()
  const child = spawn(...onServersCore(command, args), {
    cwd: programFolder,
    env: {
      PATH: process.env.PATH ?? '',
      DATA_DIR: dataDir,
      PORT: String(PORT),
      LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  try {
    await answering(url, child)
    const firstAnswer = performance.now() - begun
    await pause(REST)
    return { firstAnswer, resident: resident(child) }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  while ((await status(url)) !== 200) {
    if (child.exitCode !== null) throw new Error('The program ended before it answered.')
    await pause(2)
  }
}

function status(url: string): Promise<number> {
  return new Promise(resolve => {
    const request = get({ port: PORT, path: url, agent: false }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    request.on('error', () => resolve(0))
  })
}

function resident({ pid }: ChildProcess): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [given] = process.argv.slice(2)
  const folder = given ?? (await mkdtemp(path.join(tmpdir(), 'handpress-start-')))
  try {
    if (!given) await buildArchive(folder, 1_000)
    printFigures('from exec to the first answer', await measureStart(folder))
  } finally {
    if (!given) await rm(folder, { recursive: true, force: true })
  }
}
