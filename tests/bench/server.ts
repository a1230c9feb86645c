import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { programFolder } from '../../src/config.js'
import { freePort } from '../support/program.js'

/** A server of a bench: a process of its own, on the first core where the machine has two. */
export interface Served {
  url: string
  child: ChildProcess
  stop(): Promise<void>
}

const cores = availableParallelism()

/** Keeps this process, which makes the load, on the second core. */
export function pinClient(): void {
  if (cores > 1) execFileSync('taskset', ['-a', '-cp', '1', String(process.pid)])
}

/** How another program that makes load is started on the second core: a command and its arguments. */
export function onClientsCore(command: string, args: string[]): [string, string[]] {
  return cores > 1 ? ['taskset', ['-c', '1', command, ...args]] : [command, args]
}

/**
 * How a program is started that gets what of a core nobody else wants just then: a command and its arguments. The least priority of the
 * usual kind is not that: who runs goes on for a millisecond or more, whoever else wakes up (sched(7), SCHED_IDLE).
 */
export function leastUrgent(command: string, args: string[]): [string, string[]] {
  return ['chrt', ['--idle', '0', command, ...args]]
}

/** How a server is started on the first core: a command and its arguments. */
export function onServersCore(command: string, args: string[]): [string, string[]] {
  return cores > 1 ? ['taskset', ['-c', '0', command, ...args]] : [command, args]
}

const ALL_CORES = `0-${cores - 1}`

/** Lets a server use all cores after all, as in earnest. */
export function freeToRoam({ child }: Served): void {
  execFileSync('taskset', ['-a', '-cp', ALL_CORES, String(child.pid)])
}

/** How a program is started that is not to be kept on the load's core: a command and its arguments. */
export function onAllCores(command: string, args: string[]): [string, string[]] {
  return cores > 1 ? ['taskset', ['-c', ALL_CORES, command, ...args]] : [command, args]
}

/** Starts Node with these arguments. */
export function startServer(args: string[]): Promise<Served> {
  return start(onServersCore(process.execPath, args), {}, '/')
}

/** Gives it a `PORT` of its own. @param probe what it answers 200 once it is ready */
async function start(
  [command, args]: [string, string[]],
  environment: Record<string, string>,
  probe: string,
): Promise<Served> {
  const port = await freePort()
  const child = spawn(command, args, {
    cwd: programFolder,
    env: { PATH: process.env.PATH ?? '', ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}${probe}`, child)
  return { url, child, stop }
}

/** The program, as its first line has it run. */
export const program = path.join(programFolder, 'dist/main.js')

/** The program as it is run, without limits and log. */
export function startPress(dataDir: string, environment: Record<string, string> = {}): Promise<Served> {
  const given = { DATA_DIR: dataDir, LOG_LEVEL: 'silent', RATE_LIMITS: 'off', ...environment }
  return start(onServersCore(program, ['serve']), given, '/readyz')
}

/** Resolves when a server has nothing left to do: a first start makes pictures for a while. */
export async function quiet({ child }: Served): Promise<void> {
  for (let idle = 0; idle < 10; ) {
    const used = ticks(child)
    await pause(200)
    idle = ticks(child) - used <= 1 ? idle + 1 : 0
  }
}

/** Resident memory, in MB. */
export function resident({ child }: Served): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1_024
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function ticks({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const status = await fetch(url).then(
      answer => answer.status,
      () => 0,
    )
    if (status === 200) return
    if (child.exitCode !== null) throw new Error(`The server of ${url} ended before it answered.`)
    await pause(100)
  }
  throw new Error(`${url} did not answer within a minute.`)
}
