import path from 'node:path'
import type { AuditService } from '../audit/index.js'
import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import type { Actor } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import { fileSize } from '../foundation/file-size.js'
import type { Log } from '../foundation/log.js'
import { type Rounds, rounds } from '../foundation/rounds.js'
import type { SiteService } from '../site/index.js'
import { backupFolder, backupName, folderOf } from './folder.js'
import type { Made, Progress } from './making.js'
import type { Task } from './process.js'
import { backupsRepository } from './repository.js'
import { expendable } from './rotation.js'
import type { Run } from './schema.js'
import { type BackupSettings, backupSettings, settingsVersion } from './settings.js'
import { lastDue, nextDue } from './slots.js'

export interface BackupServices {
  db: Database
  clock: Clock
  ids: Ids
  audit: AuditService
  site: SiteService
  log: Log
  place: Omit<Task, 'order'>
  about: { program: string; site: string }
  make(task: Task, options: { onProgress(progress: Progress): void; signal: AbortSignal }): Promise<Made>
}

export type BackupsService = ReturnType<typeof backupsService>

const AGAIN_AFTER = 3_600_000
const RUNS_KEPT = 50
const NOTED_EVERY = 2_000

/** Backups that the clock makes, or that somebody at the desk asks for. */
export function backupsService(services: BackupServices) {
  const { db, clock, ids, audit, site, log, place, about, make } = services
  const repository = backupsRepository(db)
  const now = () => clock().toISOString()
  let ending = new AbortController()

  const due = async (settings: BackupSettings) => {
    const { dates } = await site.site()
    return settings.on ? lastDue(settings.hour, dates, now()) : undefined
  }

  const note = (run: Run) => {
    let last = 0
    return ({ doing, bytes }: Progress) => {
      if (performance.now() - last < NOTED_EVERY) return
      last = performance.now()
      repository
        .progress(run.id, doing, bytes)
        .catch(error => log.warn({ err: error }, 'a backup’s progress is not noted'))
    }
  }

  const record = (tx: Database, action: string, label: string, details = {}) =>
    audit.record(tx, undefined, { action, subject: { kind: 'backup', id: label, label }, details })

  const rotate = async (settings: BackupSettings): Promise<void> => {
    const folder = backupFolder(folderOf(place.dataDir, settings.folder))
    const { dates } = await site.site()
    for (const backup of expendable(await folder.list(), settings, dates)) {
      await folder.remove(backup)
      await db.transaction(tx => record(tx, 'backup-removed', backup.name))
    }
  }

  const carryOut = async (run: Run): Promise<void> => {
    const settings = await backupSettings(db)
    const home = folderOf(place.dataDir, settings.folder)
    const begun = now()
    const { recipients } = settings
    const name = backupName(begun, recipients.length > 0)
    try {
      if (!settings.folder) await backupFolder(home).prepare()
      await backupFolder(home).sweep()
      const order = { file: path.join(home, name), recipients, about: { ...about, begun } }
      const { size } = await make({ ...place, order }, { onProgress: note(run), signal: ending.signal })
      await db.transaction(async tx => {
        await backupsRepository(tx).finish(run.id, { file: name, bytes: size, ended: now() })
        await record(tx, 'backup-made', name, { size: fileSize(size), sealed: recipients.length > 0 })
      })
    } catch (error) {
      log.error({ err: error }, 'a backup was not made')
      await db.transaction(async tx => {
        await backupsRepository(tx).fail(run.id, (error as Error).message.slice(0, 1_000), now())
        await record(tx, 'backup-failed', name)
      })
      return
    }
    await rotate(settings)
  }

  const work = async (): Promise<void> => {
    const asked = await repository.waiting()
    if (asked && (await repository.begin(asked.id))) await carryOut(asked)
    const slot = await due(await backupSettings(db))
    const before = new Date(clock().getTime() - AGAIN_AFTER).toISOString()
    const run = slot && (await repository.claim(ids(), slot, now(), before))
    if (run) await carryOut(run)
    await repository.prune(RUNS_KEPT)
  }

  const next = async (): Promise<string | undefined> => {
    const [settings, { dates }] = [await backupSettings(db), await site.site()]
    return settings.on ? nextDue(settings.hour, dates, now()) : undefined
  }

  const { round, start, wake, stop }: Rounds = rounds({
    work,
    next,
    failure: 'backups could not be looked after',
    clock,
    log,
  })

  return {
    /** Makes what is due or was asked for. */
    makeDue: round,
    wake,
    next,

    start(): void {
      const own = new AbortController()
      ending = own
      repository
        .giveUp('The program stopped while the backup was being made.', now())
        .catch(error => log.error({ err: error }, 'backups could not be looked after'))
        .then(() => {
          if (!own.signal.aborted) start()
        })
    },

    /** What is under way is given up: nobody waits minutes for a program to end, and the next one makes it anew. */
    async stop(): Promise<void> {
      ending.abort()
      await stop()
    },

    settings: () => backupSettings(db),

    /** @returns whether anything changed. @throws Conflict when the settings have changed since */
    async change(actor: Actor, version: string, changed: BackupSettings): Promise<boolean> {
      return db.transaction(async tx => {
        const old = await backupSettings(tx)
        if (settingsVersion(old) !== version) throw new Conflict()
        if (settingsVersion(changed) === version) return false
        for (const [name, value] of Object.entries(changed))
          await backupsRepository(tx).saveSetting(name, value)
        const { on, hour, folder, daily, weekly, monthly, recipients } = changed
        await audit.record(tx, actor, {
          action: 'backup-settings-changed',
          subject: { kind: 'backup', id: 'settings', label: 'Backups' },
          details: {
            on,
            hour,
            folder,
            keep: `${daily}/${weekly}/${monthly}`,
            recipients: recipients.join(' '),
          },
        })
        return true
      })
    },

    /** Asks for one now. @throws Conflict while another one is being made */
    async ask(actor: Actor): Promise<void> {
      await db.transaction(async tx => {
        if (!(await backupsRepository(tx).ask(ids(), now())))
          throw new Conflict('A backup is being made already. Wait for it.')
        const subject = { kind: 'backup', id: 'now', label: 'A backup' }
        await audit.record(tx, actor, { action: 'backup-asked-for', subject })
      })
    },

    /** What there is, and what became of what was asked for lately. */
    async overview() {
      const settings = await backupSettings(db)
      const folder = folderOf(place.dataDir, settings.folder)
      const runs = await repository.latest(10)
      const kept = await backupFolder(folder)
        .list()
        .catch((error: Error) => error.message)
      return {
        settings,
        folder,
        next: await next(),
        current: runs.find(({ state }) => state === 'waiting' || state === 'running'),
        failed: runs[0]?.state === 'failed' ? runs[0] : undefined,
        kept: typeof kept === 'string' ? [] : kept,
        unreadable: typeof kept === 'string' ? kept : undefined,
      }
    },

    /** Why the last one failed; undefined when it did not. */
    async trouble(): Promise<{ problem: string; at: string } | undefined> {
      const run = await repository.lastEnded()
      return run?.state === 'failed' ? { problem: run.problem ?? '', at: run.ended ?? run.asked } : undefined
    },
  }
}
