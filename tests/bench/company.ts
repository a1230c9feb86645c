import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { programFolder } from '../../src/config.js'
import { leastUrgent, pinClient } from './server.js'

/** How often they did what, by its name. */
export type Done = Record<string, number>

/** Others who use the press while readers are measured. */
export interface Company {
  /** Lets them go on for as long as something takes. @throws when one of them was not answered well */
  during<T>(measure: () => Promise<T>): Promise<{ measured: T; done: Done }>
  close(): void
}

/**
 * Begins a program of this folder, made with `keepCompany`, which lets everything else on the core of those who make load go first: else
 * readers wait for its own work as well, and that would count as the server's.
 */
export async function openCompany(program: string, args: string[]): Promise<Company> {
  const file = path.join(programFolder, 'tests/bench', program)
  const [execPath, execArgv] = leastUrgent(process.execPath, ['--import', 'tsx'])
  const child = fork(file, args, { execPath, execArgv })
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${program} was not answered well.`)
  })
  gone.catch(() => undefined)
  const heard = () => Promise.race([once(child, 'message'), gone])
  await heard()
  return {
    async during(measure) {
      child.send('go on')
      const measured = await measure()
      child.send('rest')
      const [done] = await heard()
      return { measured, done }
    },
    close: () => void child.kill(),
  }
}

/** What such a program does once it is ready. @param work goes on until it is told otherwise, and says what it did */
export function keepCompany(work: (goesOn: () => boolean) => Promise<Done>): void {
  pinClient()
  let goesOn = false
  process.on('message', async said => {
    goesOn = said === 'go on'
    if (!goesOn) return
    process.send?.(await work(() => goesOn))
  })
  process.send?.('ready')
}
