import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { programFolder } from '../../src/config.js'
import { editionFolder } from './edition.js'
import { whenDone } from './press.js'

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

/**
 * Starts a command of the built program as its users do.
 * @param folder another version of the program
 */
export function run(
  args: string[],
  environment: Record<string, string> = {},
  folder = programFolder,
): Omit<Program, 'url' | 'dataDir'> {
  const child = spawn(path.join(folder, 'dist/main.js'), args, {
    env: { PATH: process.env.PATH ?? '', ...environment },
  })
  const output: string[] = []
  child.stdout.on('data', chunk => output.push(String(chunk)))
  child.stderr.on('data', chunk => output.push(String(chunk)))
  const ended = new Promise<number | string>(resolve =>
    child.on('close', (code, signal) => resolve(signal ?? code ?? 0)),
  )
  // Workers that outlive the first process write on for a moment; its pipes close when the last of them is gone.
  whenDone(() => {
    child.kill('SIGKILL')
    return ended
  })
  return { child, printed: () => output.join(''), ended }
}

/**
 * Serves the paper from a process of its own until the test ends: over a copy of the sample edition, unless a data directory is
 * given.
 */
export async function serveProgram(
  environment: Record<string, string> = {},
  folder = programFolder,
): Promise<Program> {
  const dataDir = environment.DATA_DIR ?? (await editionFolder())
  return listening(['serve'], { DATA_DIR: dataDir, ...environment }, 'The paper is out', folder)
}

/** Serves the source's door alone from a process of its own until the test ends. */
export async function serveTipDoor(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<Program> {
  const given = { DATA_DIR: dataDir, SITE_URL: 'http://localhost:3000', RATE_LIMITS: 'off', ...environment }
  return listening(['serve', '--only', 'tips'], given, 'The source’s door is open')
}

async function listening(
  args: string[],
  environment: Record<string, string> & { DATA_DIR: string },
  sign: string,
  folder = programFolder,
): Promise<Program> {
  const port = await freePort()
  const program = run(args, { PORT: String(port), ...environment }, folder)
  while (!program.printed().includes(sign)) {
    if (program.child.exitCode !== null)
      throw new Error(`The program ended before it answered:\n${program.printed()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { ...program, url: `http://127.0.0.1:${port}`, dataDir: environment.DATA_DIR }
}
