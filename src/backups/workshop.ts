import { mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/**
 * A new folder for what is being made, which only this program's account may read. What programs left that ended before they were
 * done is removed.
 * @param beginning of its path; the number of this process and a few letters follow
 */
export async function openWorkshop(beginning: string): Promise<string> {
  const home = path.dirname(beginning)
  const start = path.basename(beginning)
  for (const name of (await readdir(home)).filter(name => name.startsWith(start))) {
    const [, pid] = /^(\d+)-/.exec(name.slice(start.length)) ?? []
    if (pid && !isAlive(Number(pid))) await rm(path.join(home, name), { recursive: true, force: true })
  }
  return mkdtemp(`${beginning}${process.pid}-`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
