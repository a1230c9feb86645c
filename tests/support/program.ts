import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { programFolder } from '../../src/config.js'
import { temporaryFolder } from './press.js'

export interface Program {
  url: string
  dataDir: string
  child: ChildProcess
  /** everything that it printed so far */
  printed(): string
  /** resolves with the exit code, or the signal that ended it */
  ended: Promise<number | string>
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Starts a command of the built program as its users do. */
export function run(
  args: string[],
  environment: Record<string, string> = {},
): Omit<Program, 'url' | 'dataDir'> {
  const child = spawn(process.execPath, [path.join(programFolder, 'dist/main.js'), ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
  })
  const output: string[] = []
  child.stdout.on('data', chunk => output.push(String(chunk)))
  child.stderr.on('data', chunk => output.push(String(chunk)))
  const ended = new Promise<number | string>(resolve =>
    child.on('close', (code, signal) => resolve(signal ?? code ?? 0)),
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, printed: () => output.join(''), ended }
}

/** Serves the paper from a process of its own, over a new data directory unless one is given, until the test ends. */
export async function serveProgram(environment: Record<string, string> = {}): Promise<Program> {
  const port = await freePort()
  const dataDir = environment.DATA_DIR ?? (await temporaryFolder())
  const program = run(['serve'], { PORT: String(port), DATA_DIR: dataDir, ...environment })
  const url = `http://127.0.0.1:${port}`
  await answering(url, program)
  return { ...program, url, dataDir }
}

async function answering(url: string, { child, printed }: Pick<Program, 'child' | 'printed'>): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(`${url}/readyz`).then(
      answer => answer.ok,
      () => false,
    )
    if (ready && printed().includes('The paper is out')) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`The program ended before it answered:\n${printed()}`)
}
