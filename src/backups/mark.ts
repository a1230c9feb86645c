import { open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const Mark = z.iso.datetime()
const nameOf = (dataDir: string) => path.join(dataDir, 'last-backup')

/** When the last backup was begun that was written and verified, by the mark that it leaves in the data folder. */
export async function lastBackup(dataDir: string): Promise<string | undefined> {
  try {
    return Mark.safeParse((await readFile(nameOf(dataDir), 'utf8')).trim()).data
  } catch {
    return undefined
  }
}

/** Leaves the mark; for whoever has verified a backup. @param begun ISO 8601 */
export async function markBackup(dataDir: string, begun: string): Promise<void> {
  const unfinished = `${nameOf(dataDir)}.partial`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(`${begun}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, nameOf(dataDir))
}
