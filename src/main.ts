import path from 'node:path'
import { Command, Option } from 'commander'
import { type App, keyChanges, openApp } from './app.js'
import { backupCommands } from './backups/index.js'
import {
  type Config,
  ConfigError,
  handedTime,
  programFolder,
  readConfig,
  readTipLineConfig,
} from './config.js'
import { doctorCommand } from './doctor/index.js'
import { uuids } from './foundation/clock.js'
import { optimise } from './foundation/engine.js'
import { OperatorError } from './foundation/errors.js'
import { type Lease, leaseIn } from './foundation/lease.js'
import { createLogger } from './foundation/log.js'
import { openMemory } from './foundation/memory.js'
import { openMetrics } from './foundation/metrics.js'
import { migrate, pendingNames } from './foundation/migrate.js'
import { openReadOnly } from './foundation/read-only.js'
import { keyNames, readOrCreateRing } from './foundation/secret.js'
import { openSqlite } from './foundation/sqlite.js'
import { steadyClock } from './foundation/steady-clock.js'
import { inPlainWords } from './foundation/system-errors.js'
import { keysCommand } from './keys/index.js'
import { type MailService, mailCommands } from './mail/index.js'
import { readProcess } from './metrics/index.js'
import { type NewsletterService, newsletterCommands } from './newsletter/index.js'
import { migrationFolders, premisesOf, settleCopy } from './premises.js'
import { serve } from './server.js'
import { type StaffService, staffCommands, staffKeyChange } from './staff/index.js'
import { openTipDoor } from './tip-door.js'
import { tipCommands } from './tips/index.js'
import { isFirst, isWorker, openLine, oversee } from './workers/index.js'

// sysexits.h: EX_CONFIG
const BAD_CONFIGURATION = 78

const sampleEdition = path.join(programFolder, 'data/sample')

const door = (flags: string, description: string) => new Option(flags, description).choices(['tips'])

const program = new Command('handpress').description('The press that an independent newsroom owns.')

// A server begins to once it listens.
program.hook('preAction', (_program, command) => {
  if (command.name() !== 'serve') optimise()
})

program
  .command('serve')
  .description('bring the schema up to date, load the sample edition into an empty site, listen')
  .addOption(door('--only <door>', 'nothing but the source’s door, beside a program that runs without it'))
  .addOption(door('--without <door>', 'all but the source’s door').conflicts('only'))
  .action(async ({ only, without }: { only?: 'tips'; without?: 'tips' }) => {
    if (only) return serveTipDoor()
    const config = readConfig()
    if (config.workers > 1 && !isWorker) {
      optimise()
      return oversee(config.workers, overseerServices(config))
    }
    const line = isWorker ? openLine() : undefined
    const app = await openApp(
      config,
      { ...line, handed: isWorker ? handedTime.read() : undefined },
      { withSourceDoor: without !== 'tips', isFirst },
    )
    if (isFirst && (await app.site.isEmpty())) {
      optimise()
      await (await import('./sample.js')).loadEdition(sampleEdition, app, forTheEdition(app))
    }
    const address = await serve(app.http, config, line)
    if (!isFirst) return
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
    await withApp(async app => {
      const { imported, problems } = await app.articles.importMarkdown(paths)
      print(`${imported} ${imported === 1 ? 'article' : 'articles'} imported.`)
      if (problems.length) {
        complain(...problems.map(({ file, problem }) => `${file}: ${problem}`))
        process.exitCode = 1
      }
    })
  })

program
  .command('export')
  .description('write articles out, to take them elsewhere')
  .command('markdown')
  .description('a file with YAML front matter for each, as import reads it, with the pictures’ originals')
  .argument('<folder>', 'a new or empty one')
  .action(async (folder: string) => {
    await withApp(async app => {
      const { exported, missing } = await app.articles.exportMarkdown(folder)
      print(`${exported} ${exported === 1 ? 'article' : 'articles'} exported to ${folder}.`)
      if (missing.length) {
        complain(...missing.map(name => `${name}: the library has no original of this picture.`))
        process.exitCode = 1
      }
    })
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
    await withApp(async app => {
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
    })
  })

program.addCommand(
  staffCommands((work: (staff: StaffService) => Promise<void>) => withApp(({ staff }) => work(staff))),
)

program.addCommand(
  newsletterCommands((work: (newsletter: NewsletterService) => Promise<void>) =>
    withApp(({ newsletter }) => work(newsletter)),
  ),
)

program.addCommand(
  mailCommands(
    (work: (mail: MailService) => Promise<void>) => withApp(({ mail }) => work(mail)),
    () => readConfig().mailFrom,
  ),
)

const backups = backupCommands({
  premises: () => {
    const config = readConfig()
    return { ...premisesOf(config), about: { program: config.version, site: config.siteUrl } }
  },
  settle: settleCopy,
  now: () => new Date().toISOString(),
})
for (const command of backups) program.addCommand(command)
program.addCommand(
  doctorCommand(async options =>
    (await import('./examination.js')).examine(readConfig(), { ...options, now: new Date() }),
  ),
)

program.addCommand(
  keysCommand({
    premises: readConfig,
    settle: () => withApp(async () => undefined),
    makeAnew: () =>
      withApp(async ({ db }) => {
        for (const name of keyNames)
          await db.transaction(async tx =>
            keyChanges[name].replaced?.(tx, readOrCreateRing(readConfig(), name)),
          )
      }),
    codesThatEnd: async () => {
      const config = readConfig()
      const db = openReadOnly(config.databaseFile)
      try {
        return await staffKeyChange.codesThatEnd(db, readOrCreateRing(config, 'staff-key'))
      } finally {
        await db.close()
      }
    },
    now: () => new Date().toISOString(),
  }),
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
  // Errors of the system (no such file, address in use) say enough.
  const plain = error instanceof OperatorError || typeof (error as NodeJS.ErrnoException).code === 'string'
  complain(plain ? inPlainWords(error as Error) : String((error as Error).stack ?? error))
  // A command that was ended has its own number.
  process.exit(process.exitCode || 1)
})

async function withApp(work: (app: App) => Promise<void>): Promise<void> {
  const app = await openApp(readConfig())
  try {
    await work(app)
  } finally {
    await app.http.close()
  }
}

async function serveTipDoor(): Promise<void> {
  const config = readTipLineConfig()
  const { http } = await openTipDoor(config)
  print(`\nThe source’s door is open: ${config.siteUrl}/tips (listening on ${await serve(http, config)})`)
}

function overseerServices({ logLevel }: Config) {
  const metrics = openMetrics()
  readProcess(metrics)
  const log = createLogger(logLevel)
  const steady = steadyClock(log)
  const forWorkers = () => handedTime.of(steady.handOver())
  return { memory: openMemory(steady.clock), log, metrics, forWorkers }
}

function forTheEdition({ db }: Pick<App, 'db'>): Lease {
  return leaseIn(db, { ids: uuids, work: 'first edition' })
}

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
