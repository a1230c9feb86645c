import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

/** Changes what the system lets a running process have (prlimit of util-linux); `unlimited` takes it back. */
export function limit(pid: number, what: 'fsize' | 'nofile', most: number | 'unlimited'): void {
  const soft = most === 'unlimited' ? hard(pid, what) : String(most)
  execFileSync('prlimit', ['--pid', String(pid), `--${what}=${soft}:`])
}

function hard(pid: number, what: string): string {
  const options = ['--pid', String(pid), `--${what}`, '--output', 'HARD', '--noheadings', '--raw']
  return execFileSync('prlimit', options, { encoding: 'utf8' }).trim()
}

/** Leaves a process so many file handles to open, once none comes and goes. */
export async function leaveHandles(pid: number, count: number): Promise<void> {
  const look = () => readdirSync(`/proc/${pid}/fd`).map(Number)
  let taken = look()
  for (let same = 0; same < 20; same++) {
    await new Promise(resolve => setTimeout(resolve, 25))
    const now = look()
    if (String(now) !== String(taken)) same = 0
    taken = now
  }
  // What is limited is the number of a handle, and there are gaps.
  let most = 0
  for (let free = 0; free < count || taken.includes(most); most++) if (!taken.includes(most)) free += 1
  limit(pid, 'nofile', most)
}
