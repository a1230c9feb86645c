import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from './press.js'

const preloads = ['/usr/lib/fiu/fiu_run_preload.so', '/usr/lib/fiu/fiu_posix_preload.so']

/** Whether calls of the system can be made to fail here: by libfiu (Debian: fiu-utils). */
export const canFail: boolean = preloads.every(existsSync)

/** errno(3) */
export const errors = { EIO: 5, ENOSPC: 28 }

/** Starts programs whose calls of the system fail as they are told to. */
export async function openFaults() {
  const pipes = path.join(await temporaryFolder(), 'fiu')
  const tell = (pid: number, command: string) =>
    execFileSync('fiu-ctrl', ['-f', pipes, '-c', command, String(pid)])
  return {
    environment: { LD_PRELOAD: preloads.join(' '), FIU_CTRL_FIFO: pipes },
    /** @param call as libfiu names it, `posix/io/sync/*` say */
    fail(
      pid: number,
      call: string,
      { error, probability = 1 }: { error: number; probability?: number },
    ): void {
      tell(pid, `enable_random name=${call},probability=${probability},failinfo=${error}`)
    },
    mend: (pid: number, call: string): void => void tell(pid, `disable name=${call}`),
  }
}
