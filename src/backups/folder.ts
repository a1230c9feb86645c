import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ifThere } from './places.js'
import type { KeptBackup } from './schema.js'

const pattern = /^handpress-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.tar\.gz(\.age)?$/

/** What a backup in the folder is called. @param begun ISO 8601 */
export function backupName(begun: string, sealed: boolean): string {
  return `handpress-${begun.slice(0, 19).replaceAll(':', '-')}Z.tar.gz${sealed ? '.age' : ''}`
}

/** Where backups lie. @param chosen by an owner, or empty */
export function folderOf(dataDir: string, chosen: string): string {
  return chosen || path.join(dataDir, 'backups')
}

/** The folder of backups, and nothing else in it. A folder that is not there holds none. */
export function backupFolder(folder: string) {
  const names = async () => (await readdir(folder).catch(ifThere)) ?? []
  return {
    prepare: () => mkdir(folder, { recursive: true, mode: 0o700 }),

    /** The newest first. */
    async list(): Promise<KeptBackup[]> {
      const found: KeptBackup[] = []
      for (const name of await names()) {
        const [, day, hour, minute, second, age] = pattern.exec(name) ?? []
        const file = day && (await stat(path.join(folder, name)).catch(ifThere))
        if (file)
          found.push({
            name,
            at: `${day}T${hour}:${minute}:${second}Z`,
            size: file.size,
            sealed: age !== undefined,
          })
      }
      return found.sort((a, b) => (a.at < b.at ? 1 : -1))
    },

    remove: ({ name }: KeptBackup) => rm(path.join(folder, name), { force: true }),

    /** Removes what a program left that was killed while it wrote. */
    async sweep(): Promise<void> {
      for (const name of await names())
        if (pattern.test(name.replace(/\.partial$/, '')) && name.endsWith('.partial'))
          await rm(path.join(folder, name), { force: true })
    },
  }
}

/**
 * Why backups cannot lie in a folder; undefined when they can. A folder that an owner chooses in the browser must be there already:
 * whoever has the machine has decided that it is for this.
 */
export async function problemWith(
  chosen: string,
  { dataDir, programFolder }: { dataDir: string; programFolder: string },
): Promise<string | undefined> {
  if (chosen === '') return undefined
  if (!path.isAbsolute(chosen) || path.normalize(chosen) !== chosen)
    return 'Write the whole path, from the / on.'
  for (const place of [dataDir, programFolder])
    if (chosen === place || chosen.startsWith(place + path.sep))
      return 'This lies with the paper or the program itself. Leave the field empty, or choose another disk.'
  const found = await stat(chosen).catch(() => undefined)
  if (!found?.isDirectory())
    return 'There is no such folder on the server. Have it made there first, for the program’s account.'
  const probe = path.join(chosen, `.${randomBytes(8).toString('hex')}`)
  try {
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    return `The program cannot write there (${(error as NodeJS.ErrnoException).code}). Give the folder to its account.`
  } finally {
    await rm(probe, { force: true })
  }
  return undefined
}
