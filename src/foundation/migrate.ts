import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { type Database, sql } from './database.js'
import { OperatorError } from './errors.js'

/** The schema cannot be brought up to date; the message tells the operator why and what to do. */
class MigrationError extends OperatorError {
  override name = 'MigrationError'
}

interface Migration {
  name: string
  text: string
  checksum: string
}

const Applied = z.object({ name: z.string(), checksum: z.string() })

/**
 * Runs the numbered .sql files that this database has not seen, all of them in one transaction.
 * @param folders where the files stand; they run in the order of their names, whichever folder they are in
 * @param now the instant to record, ISO 8601
 * @returns the names of the files that were run
 * @throws MigrationError when an applied file was edited or is missing, or a new one fails
 */
export async function migrate(db: Database, folders: string[], now: string): Promise<string[]> {
  if ((await pendingMigrations(db, folders)).length === 0) return []
  return db.transaction(async tx => {
    await tx.script(
      'create table if not exists migrations (name text primary key, checksum text not null, applied text not null)',
    )
    // Asked again: another process may have been faster.
    const pending = await pendingMigrations(tx, folders)
    for (const migration of pending) await apply(tx, migration, now)
    return pending.map(migration => migration.name)
  })
}

/** The names of the files that `migrate` would run. Throws as `migrate` does; runs none of them. */
export async function pendingNames(db: Database, folders: string[]): Promise<string[]> {
  return (await pendingMigrations(db, folders)).map(migration => migration.name)
}

/** What stands between a database that is only looked at and these files: those it has not seen, and those that are not here. */
export async function unknownMigrations(
  db: Database,
  folders: string[],
): Promise<{ pending: string[]; unknown: string[] }> {
  const files = (await readMigrations(folders)).map(({ name }) => name)
  const applied = Applied.array()
    .parse(await db.all(sql`select name, checksum from migrations order by name`))
    .map(({ name }) => name)
  return {
    pending: files.filter(name => !applied.includes(name)),
    unknown: applied.filter(name => !files.includes(name)),
  }
}

/** When a file was run over this database, ISO 8601. @throws where it was not */
export async function appliedAt(db: Database, name: string): Promise<string> {
  const row = await db.get(sql`select applied from migrations where name = ${name}`)
  return z.object({ applied: z.string() }).parse(row).applied
}

async function pendingMigrations(db: Database, folders: string[]): Promise<Migration[]> {
  const files = await readMigrations(folders)
  const applied = await appliedMigrations(db)
  for (const { name, checksum } of applied) {
    const file = files.find(candidate => candidate.name === name)
    if (!file) {
      throw new MigrationError(
        `Migration ${name} was applied to this database, but its file is missing. ` +
          'Start the version of Handpress that brought it, or a newer one.',
      )
    }
    if (file.checksum !== checksum) {
      throw new MigrationError(
        `Migration ${name} was edited after it was applied. Put the original file back and add a new migration instead.`,
      )
    }
  }
  const done = new Set(applied.map(migration => migration.name))
  return files.filter(file => !done.has(file.name))
}

async function appliedMigrations(db: Database): Promise<z.infer<typeof Applied>[]> {
  // Looked for first: a start that finds all of them there writes nothing.
  const rows = await db
    .all(sql`select name, checksum from migrations order by name`)
    .catch((error: Error) => {
      if (/no such table/.test(error.message)) return []
      throw error
    })
  return z.array(Applied).parse(rows)
}

async function readMigrations(folders: string[]): Promise<Migration[]> {
  const files: Migration[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (!/^\d{4}-.+\.sql$/.test(name)) continue
      const text = await readFile(path.join(folder, name), 'utf8')
      files.push({ name, text, checksum: createHash('sha256').update(text).digest('hex') })
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function apply(tx: Database, { name, text, checksum }: Migration, now: string): Promise<void> {
  try {
    await tx.script(text)
  } catch (error) {
    throw new MigrationError(
      `Migration ${name} failed and the database was left as it was: ${(error as Error).message}`,
      { cause: error },
    )
  }
  await tx.run(sql`insert into migrations (name, checksum, applied) values (${name}, ${checksum}, ${now})`)
}
