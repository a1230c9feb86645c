import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { programFolder } from '../../src/config.js'
import { freePort } from '../support/program.js'
import { leastUrgent, onClientsCore, pause } from './server.js'

export interface Relay {
  /** what the press is told of it */
  environment: { SMTP_URL: string }
  stop(): Promise<void>
}

/**
 * A relay, as every press in earnest has one, on the core of those who make load and behind them. Without it each mail would be a file
 * of its own, whose two syncs go to the disk on which sign-ups are measured.
 */
export async function startRelay(): Promise<Relay> {
  const port = await freePort()
  const sink = ['--import', 'tsx', 'tests/bench/mail-sink.ts', String(port), 'groups']
  const [command, args] = onClientsCore(...leastUrgent(process.execPath, sink))
  const child = spawn(command, args, { cwd: programFolder, stdio: ['ignore', 'ignore', 'inherit'] })
  const gone = once(child, 'close')
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error('The relay ended before it answered.')
    await pause(100)
  }
  return {
    environment: { SMTP_URL: `smtp://127.0.0.1:${port}` },
    async stop() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const over = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('data', () => over(true)).once('error', () => over(false))
  })
}
