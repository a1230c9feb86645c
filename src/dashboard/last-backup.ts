import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const Mark = z.iso.datetime()

/** When the last backup was made, by the mark that making one leaves in the data folder; undefined without one. */
export async function lastBackup(dataDir: string): Promise<string | undefined> {
  try {
    const text = await readFile(path.join(dataDir, 'last-backup'), 'utf8')
    return Mark.safeParse(text.trim()).data
  } catch {
    return undefined
  }
}
