import path from 'node:path'
import type { Premises } from './backups/index.js'
import { programFolder } from './config.js'
import type { Database } from './foundation/database.js'
import { OperatorError } from './foundation/errors.js'
import { markAsCopy } from './foundation/home.js'
import { pendingNames } from './foundation/migrate.js'
import { openReadOnly } from './foundation/read-only.js'
import { openSqlite } from './foundation/sqlite.js'
import { libraryFiles } from './media/index.js'
import { sealedNames } from './tips/index.js'

/** Files of the site's schema, in the order of their names. */
export const migrationFolders = [
  path.join(programFolder, 'migrations'),
  path.join(programFolder, 'migrations/sqlite'),
]

/** What a backup is made of: the data folder, and which of its files belong to rows of which feature. */
export function premisesOf({
  dataDir,
  databaseFile,
  credentials,
}: Pick<Premises, 'dataDir' | 'databaseFile' | 'credentials'>): Premises {
  return {
    ...{ dataDir, databaseFile, credentials },
    async *named(site, tips) {
      yield* namedIn(site, libraryFiles)
      if (tips) yield* namedIn(tips, sealedNames)
    },
  }
}

async function* namedIn(
  file: string,
  names: (db: Database) => AsyncGenerator<string>,
): AsyncGenerator<string> {
  const db = openReadOnly(file)
  try {
    yield* names(db)
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_ERROR') throw error
    throw new OperatorError(
      `The database is of another version than this program (${(error as Error).message}). Make the backup with that version.`,
    )
  } finally {
    await db.close()
  }
}

/**
 * Looks whether this program can work with the databases in a folder, and marks them as a copy, so that what fell due meanwhile
 * waits for an editor.
 * @throws MigrationError when they are newer than the program
 */
export async function settleCopy(folder: string): Promise<void> {
  const site = openSqlite(path.join(folder, 'site.db'))
  try {
    await pendingNames(site, migrationFolders)
    await markAsCopy(site)
  } finally {
    await site.close()
  }
}
