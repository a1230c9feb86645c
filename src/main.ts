#!/usr/bin/env node
import { Command } from 'commander'
import { migrationFolders, openApp } from './app.js'
import { type Config, ConfigError, readConfig } from './config.js'
import { MigrationError, migrate, pendingNames } from './foundation/migrate.js'
import { openSqlite } from './foundation/sqlite.js'
import { serve } from './server.js'

// sysexits.h: EX_CONFIG
const BAD_CONFIGURATION = 78

const program = new Command('handpress').description('The press that an independent newsroom owns.')

program
  .command('serve')
  .description('bring the schema up to date, load the sample edition into an empty site, listen')
  .action(async () => {
    const config = readConfig()
    const app = await openApp(config)
    const address = await serve(app.http, config)
    print(`\nThe paper is out: ${config.siteUrl} (listening on ${address})`)
  })

program
  .command('migrate')
  .description('bring the schema up to date')
  .option('--check', 'only tell what would run; exit 1 if anything would')
  .action(async ({ check }: { check?: boolean }) => {
    const db = openSqlite(databaseFile(readConfig()))
    try {
      const names = check
        ? await pendingNames(db, migrationFolders)
        : await migrate(db, migrationFolders, new Date().toISOString())
      print(
        names.length
          ? names.map(name => `${check ? 'pending' : 'applied'} ${name}`).join('\n')
          : 'The schema is up to date.',
      )
      if (check && names.length) process.exitCode = 1
    } finally {
      await db.close()
    }
  })

program.parseAsync().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    complain(
      'Handpress cannot start with this environment:',
      ...error.problems.map(problem => `  ${problem}`),
    )
    process.exit(BAD_CONFIGURATION)
  }
  complain(error instanceof MigrationError ? error.message : String((error as Error).stack ?? error))
  process.exit(1)
})

function databaseFile(config: Config): string {
  return config.databaseFile
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(...lines: string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
}
