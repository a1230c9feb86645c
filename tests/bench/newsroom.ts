import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { editorAt } from './editor.js'
import { pause } from './server.js'
import { signUp } from './sign-ups.js'

const SIGN_UPS = 50
const LEAST_URGENT = 19
const program = fileURLToPath(import.meta.url)

/** A newsroom at work: an editor saves an article each second, and 50 people sign up each second. */
export interface Newsroom {
  /** Lets it work for as long as something takes. @throws when somebody was not answered well */
  during<T>(measure: () => Promise<T>): Promise<T>
  close(): void
}

/**
 * Begins a newsroom as a program of its own, which lets everything else on the core of those who make load go first: else readers wait
 * for its forms to be read and written as well, and that would count as the server's.
 */
export async function openNewsroom(url: string, account: Record<string, string>): Promise<Newsroom> {
  const child = fork(program, [url, JSON.stringify(account)], { execArgv: ['--import', 'tsx'] })
  const gone = once(child, 'exit').then(() => {
    throw new Error('The newsroom was not answered well.')
  })
  gone.catch(() => undefined)
  const heard = () => Promise.race([once(child, 'message'), gone])
  await heard()
  return {
    async during(measure) {
      child.send('work')
      const measured = await measure()
      child.send('rest')
      await heard()
      return measured
    },
    close: () => void child.kill(),
  }
}

async function work(url: string, editor: { save(): Promise<void> }, goesOn: () => boolean): Promise<void> {
  const signUps: Promise<void>[] = []
  const clock = setInterval(() => signUps.push(signUp(url)), 1_000 / SIGN_UPS)
  for (; goesOn(); await pause(1_000)) await editor.save()
  clearInterval(clock)
  await Promise.all(signUps)
}

if (process.argv[1] === program) {
  setPriority(LEAST_URGENT)
  const [url = '', account = '{}'] = process.argv.slice(2)
  const editor = await editorAt(url, JSON.parse(account))
  let isWorking = false
  process.on('message', async said => {
    isWorking = said === 'work'
    if (!isWorking) return
    await work(url, editor, () => isWorking)
    process.send?.('rested')
  })
  process.send?.('ready')
}
