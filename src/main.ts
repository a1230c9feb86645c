#!/usr/bin/env node
import path from 'node:path'
import { Command } from 'commander'
import { migrationFolders, openApp } from './app.js'
import { type Config, ConfigError, programFolder, readConfig } from './config.js'
import { OperatorError } from './foundation/errors.js'
import { migrate, pendingNames } from './foundation/migrate.js'
import { openSqlite } from './foundation/sqlite.js'
import { type MailService, mailCommands } from './mail/index.js'
import { type NewsletterService, newsletterCommands } from './newsletter/index.js'
import { loadEdition } from './sample.js'
import { serve } from './server.js'
import { type StaffService, staffCommands } from './staff/index.js'
import { tipCommands } from './tips/index.js'

// sysexits.h: EX_CONFIG
const BAD_CONFIGURATION = 78

const sampleEdition = path.join(programFolder, 'data/sample')

const program = new Command('handpress').description('The press that an independent newsroom owns.')

program
  .command('serve')
  .description('bring the schema up to date, load the sample edition into an empty site, listen')
  .action(async () => {
    const config = readConfig()
    const app = await openApp(config)
    if (await app.site.isEmpty()) await loadEdition(sampleEdition, app)
    const address = await serve(app.http, config)
    print(`\nThe paper is out: ${config.siteUrl} (listening on ${address})`)
    const link = await app.staff.setupLink()
    if (link) print(`Make it yours, once, within 48 hours: ${link}`)
    const key = app.tips.keyOnServer()
    if (key) print(keyWarning(key))
  })

program
  .command('import')
  .description('take articles in from elsewhere')
  .command('markdown')
  .description('files with YAML front matter, or folders that hold them')
  .argument('<paths...>')
  .action(async (paths: string[]) => {
    const app = await openApp(readConfig())
    try {
      const { imported, problems } = await app.articles.importMarkdown(paths)
      print(`${imported} ${imported === 1 ? 'article' : 'articles'} imported.`)
      if (problems.length) {
        complain(...problems.map(({ file, problem }) => `${file}: ${problem}`))
        process.exitCode = 1
      }
    } finally {
      await app.http.close()
    }
  })

program
  .command('export')
  .description('write articles out, to take them elsewhere')
  .command('markdown')
  .description('a file with YAML front matter for each, as import reads it, with the pictures’ originals')
  .argument('<folder>', 'a new or empty one')
  .action(async (folder: string) => {
    const app = await openApp(readConfig())
    try {
      const { exported, missing } = await app.articles.exportMarkdown(folder)
      print(`${exported} ${exported === 1 ? 'article' : 'articles'} exported to ${folder}.`)
      if (missing.length) {
        complain(...missing.map(name => `${name}: the library has no original of this picture.`))
        process.exitCode = 1
      }
    } finally {
      await app.http.close()
    }
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

program
  .command('audit')
  .description('the trail of who did what at the desk')
  .command('verify')
  .description(
    'walk the whole chain, and that of every article’s revisions; exit 1 and say what is missing or was changed',
  )
  .action(async () => {
    const app = await openApp(readConfig())
    try {
      const { entries, problems } = await app.audit.verify()
      // Every account comes with an entry, so none at all means that somebody took the trail away as a whole.
      if (entries === 0 && (await app.staff.people()).length)
        problems.push('The trail is gone: there are accounts, but no entry tells of them.')
      const history = await app.articles.revisions.verify()
      complain(...problems, ...history.problems)
      if (problems.length + history.problems.length) process.exitCode = 1
      else
        print(
          `${entries} ${entries === 1 ? 'entry' : 'entries'}, none missing, none changed.\n` +
            `${history.revisions} ${history.revisions === 1 ? 'revision' : 'revisions'} of articles, none missing, none changed.`,
        )
    } finally {
      await app.http.close()
    }
  })

program.addCommand(
  staffCommands(async (work: (staff: StaffService) => Promise<void>) => {
    const app = await openApp(readConfig())
    try {
      await work(app.staff)
    } finally {
      await app.http.close()
    }
  }),
)

program.addCommand(
  newsletterCommands(async (work: (newsletter: NewsletterService) => Promise<void>) => {
    const app = await openApp(readConfig())
    try {
      await work(app.newsletter)
    } finally {
      await app.http.close()
    }
  }),
)

program.addCommand(
  mailCommands(
    async (work: (mail: MailService) => Promise<void>) => {
      const app = await openApp(readConfig())
      try {
        await work(app.mail)
      } finally {
        await app.http.close()
      }
    },
    () => readConfig().mailFrom,
  ),
)

const today = () => new Date().toISOString().slice(0, 10)
const sealed = () => path.join(readConfig().dataDir, 'tips', 'sealed')
program.addCommand(tipCommands({ today, sealed }))

program.parseAsync().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    complain(
      'Handpress cannot start with this environment:',
      ...error.problems.map(problem => `  ${problem}`),
    )
    process.exit(BAD_CONFIGURATION)
  }
  // Errors of the system (no such file, address in use) say enough in their message.
  const plain = error instanceof OperatorError || typeof (error as NodeJS.ErrnoException).code === 'string'
  complain(plain ? (error as Error).message : String((error as Error).stack ?? error))
  process.exit(1)
})

function databaseFile(config: Config): string {
  return config.databaseFile
}

function keyWarning(file: string): string {
  const line = '*'.repeat(78)
  return [
    '',
    line,
    `The newsroom's secret key lies on this machine: ${file}`,
    'Whoever takes the machine can read every tip. Move the file to a machine of the',
    'newsroom, keep a copy there, and delete it here. Without it no tip can be read.',
    line,
    '',
  ].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(...lines: string[]): void {
  if (lines.length === 0) return
  process.stderr.write(`${lines.join('\n')}\n`)
}
