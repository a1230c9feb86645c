import { existsSync } from 'node:fs'
import path from 'node:path'
import { lastDeed, verifyTrail } from './audit/index.js'
import { damageIn, lastBackup, lastFailure } from './backups/index.js'
import type { Config } from './config.js'
import {
  type Check,
  certificate,
  clock,
  diskSpace,
  type Finding,
  fail,
  filesOfRows,
  listening,
  lookAtAll,
  ok,
  permissions,
  warn,
} from './doctor/index.js'
import type { Database } from './foundation/database.js'
import { unknownMigrations } from './foundation/migrate.js'
import { openReadOnly } from './foundation/read-only.js'
import { credentialFile, keyNames } from './foundation/secret.js'
import { believedBeside } from './keys/index.js'
import { senderFindings } from './mail/index.js'
import { migrationFolders, premisesOf } from './premises.js'
import { newsroomKeys } from './tips/index.js'

const WEEK = 7 * 86_400_000
/** As long as browsers keep unsaved texts, and twice as long as a link to leave must work. */
const LONG_ENOUGH = 60 * 86_400_000

/**
 * Looks the whole paper over. What it looks at belongs to many features, so it stands beside them. It opens no database for writing,
 * and works beside a program that serves.
 */
export async function examine(
  config: Config,
  { offline, now }: { offline: boolean; now: Date },
): Promise<Finding[]> {
  const { dataDir, databaseFile } = config
  if (!existsSync(databaseFile))
    return [
      fail(
        'database',
        `There is none at ${databaseFile}. Set DATA_DIR to the folder of the paper, or start it once.`,
      ),
    ]
  const tipsFile = path.join(dataDir, 'tips/tips.db')
  const whole = [databaseFile, tipsFile].filter(file => existsSync(file)).map(file => integrity(file))
  const site = openReadOnly(databaseFile)
  const tips = existsSync(tipsFile) ? openReadOnly(tipsFile) : undefined
  try {
    return await lookAtAll([
      ...whole,
      { name: 'schema', look: () => schema(site) },
      { name: 'audit trail', look: () => trail(site, config) },
      {
        name: 'files',
        look: () => filesOfRows(dataDir, () => premisesOf(config).named(databaseFile, tips && tipsFile)),
      },
      {
        name: 'permissions',
        look: () =>
          permissions(
            dataDir,
            config.dkim.map(({ file }) => file),
          ),
      },
      { name: 'network', look: async () => listening(config.host, config.bounceListen) },
      { name: 'clock', look: async () => clock(dataDir, now, await lastDeed(site)) },
      { name: 'disk', look: () => diskSpace(dataDir, databaseFile) },
      { name: 'keys', look: () => keys(tips, config, now) },
      { name: 'backups', look: () => backups(site, dataDir, now) },
      ...(offline ? [] : online(config, now)),
    ])
  } finally {
    await site.close()
    await tips?.close()
  }
}

function integrity(file: string): Check {
  const name = path.basename(file) === 'tips.db' ? 'tip line' : 'database'
  return {
    name,
    look: async () => {
      const damage = damageIn(file)
      if (damage.length === 0) return [ok(name, `${file} is whole.`)]
      return damage.map(said =>
        fail(name, `${file} is damaged: ${said}. Stop the program, and restore the last backup.`),
      )
    },
  }
}

async function schema(site: Database): Promise<Finding[]> {
  const { pending, unknown } = await unknownMigrations(site, migrationFolders)
  if (unknown.length)
    return [
      fail(
        'schema',
        `The database is newer than this program (${unknown.join(', ')}). Start the version that it is of.`,
      ),
    ]
  if (pending.length)
    return [
      warn('schema', `${pending.length} steps are waiting: the next start takes them. Make a backup before.`),
    ]
  return [ok('schema', 'The database is of this version.')]
}

async function trail(site: Database, config: Config): Promise<Finding[]> {
  const found = await verifyTrail(site, config)
  if (!found)
    return [
      fail(
        'audit trail',
        `${path.join(config.dataDir, 'audit-key')} is gone, so nobody can tell whether the trail was changed. Take it out of a backup.`,
      ),
    ]
  if (found.problems.length === 0)
    return [ok('audit trail', `${found.entries} entries, none missing, none changed.`)]
  return found.problems
    .slice(0, 5)
    .map(problem =>
      fail('audit trail', `${problem} Find out who had the database, and keep a copy of it as it is.`),
    )
}

async function keys(tips: Database | undefined, config: Config, now: Date): Promise<Finding[]> {
  const { dataDir, tipsRecipients } = config
  const { count, onServer } = await newsroomKeys(tips, dataDir)
  const all = count + tipsRecipients.length
  return [
    all === 0
      ? fail(
          'keys',
          'Tips are sealed to nobody, so none can be taken. Make a key at the desk, under Tips, or set TIPS_RECIPIENTS.',
        )
      : ok('keys', `Tips are sealed to ${all} ${all === 1 ? 'key' : 'keys'}.`),
    ...(onServer
      ? [
          warn(
            'keys',
            `The newsroom’s secret key lies here: whoever takes the machine reads every tip. Move ${onServer} to a machine of the newsroom.`,
          ),
        ]
      : []),
    ...keyNames
      .filter(name => credentialFile(config, name) && existsSync(path.join(dataDir, name)))
      .map(name =>
        warn(
          'keys',
          `${name} comes as a credential, but a file of that name lies in clear. Once a copy is safe: shred -u ${path.join(dataDir, name)}`,
        ),
      ),
    ...believedBeside(config, now.toISOString())
      .filter(({ since }) => now.getTime() - Date.parse(since) > LONG_ENOUGH)
      .map(({ name, since }) =>
        warn(
          'keys',
          `${name} was replaced on ${since.slice(0, 10)}, and the one before is still believed. See what ends without it: handpress keys forget ${name}`,
        ),
      ),
  ]
}

async function backups(site: Database, dataDir: string, now: Date): Promise<Finding[]> {
  const last = await lastBackup(dataDir)
  const failure = await lastFailure(site)
  const left = `${dataDir}.restored`
  return [
    ...(failure ? [fail('backups', `The last one failed: ${failure}`)] : []),
    ...(existsSync(left)
      ? [
          warn(
            'backups',
            `${left} is left of a restore that was cut short. It holds the same secrets: look into it, then delete it.`,
          ),
        ]
      : []),
    !last
      ? warn(
          'backups',
          'None was ever made. Run handpress backup FILE, or switch on the daily one at the desk.',
        )
      : now.getTime() - Date.parse(last) > WEEK
        ? warn('backups', `The last one is of ${last.slice(0, 10)}. Make a new one.`)
        : ok('backups', `The last one was begun ${last}, and verified.`),
  ]
}

function online(config: Config, now: Date): Check[] {
  return [
    { name: 'certificate', look: () => certificate(config.siteUrl, now) },
    {
      name: 'mail',
      look: async () => [
        ...(config.relays.length
          ? []
          : [
              warn(
                'mail',
                'No relay is set, so each message is written to the outbox. Set SMTP_URL and start again.',
              ),
            ]),
        ...(await senderFindings(config)).map(({ check, ok: isWell, text, record }) =>
          isWell
            ? ok('mail', text)
            : warn(
                check === 'key-file' ? 'keys' : 'mail',
                record ? `${text} Publish: ${record.name}. ${record.type} ${record.value}` : text,
              ),
        ),
      ],
    },
  ]
}
