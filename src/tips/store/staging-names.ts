import { randomBytes } from 'node:crypto'

/** A name for what a process has on its way, by which others can tell it from their own. */
export function stagingName(): string {
  return `${process.pid}-${randomBytes(16).toString('hex')}`
}

/** Whether the process that named it has ended. One that has its number by now is taken for it: then it waits for the next look. */
export function isAbandoned(name: string): boolean {
  const [, pid] = /^(\d+)-/.exec(name) ?? []
  if (!pid) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
