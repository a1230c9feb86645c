import { mkdirSync } from 'node:fs'
import path from 'node:path'
import multipart from '@fastify/multipart'
import type { Config } from '../config.js'
import { programFolder } from '../config.js'
import type { Clock } from '../foundation/clock.js'
import type { Feature } from '../foundation/feature.js'
import { migrate } from '../foundation/migrate.js'
import { readOrCreateSecret } from '../foundation/secret.js'
import { openSqlite } from '../foundation/sqlite.js'
import { codenameLookup } from './codename.js'
import { firstRecipient, keyOnServer } from './newsroom-key.js'
import { tipsRepository } from './repository.js'
import { tipErrorPages, tipRoutes } from './routes.js'
import { sealedStore } from './sealed-store.js'
import { type TipsService, tipsService } from './service.js'

export { tipCommands } from './commands.js'
export type { TipsService } from './service.js'

export interface TipsFeatureServices {
  config: Config
  clock: Clock
}

/**
 * The source's door. It stands in a scope of its own, without the request log and with its own error pages, over a
 * database of its own. On a first start without any recipient it makes the newsroom's key pair.
 */
export function tipsFeature({ config, clock }: TipsFeatureServices): Feature<TipsService> {
  return async scope => {
    const folder = path.join(config.dataDir, 'tips')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const db = openSqlite(path.join(folder, 'tips.db'), { secureDelete: true })
    scope.addHook('onClose', () => db.close())
    await migrate(db, [path.join(programFolder, 'migrations/tips')], clock().toISOString())

    const tips = tipsService({
      db,
      clock,
      store: await sealedStore(folder),
      lookup: codenameLookup(readOrCreateSecret(folder, 'salt')),
      dataDir: config.dataDir,
      operatorRecipients: config.tipsRecipients,
    })
    if ((await tips.recipients()).length === 0) await makeFirstKey()

    await scope.register(
      async door => {
        await door.register(multipart)
        door.addHook('onRequest', async (_request, reply) => {
          reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        })
        tipErrorPages(door, type => scope.log.error({ type }, 'the tip line failed'))
        tipRoutes(door, { tips, clock, limits: config.limits, onionUrl: config.onionUrl })
      },
      // Fastify itself notes broken connections, with where they came from; here it may not.
      { logLevel: 'silent' },
    )
    return tips

    async function makeFirstKey(): Promise<void> {
      const day = clock().toISOString().slice(0, 10)
      await tipsRepository(db).addRecipient(await firstRecipient(config.dataDir, day), day)
      scope.log.warn(
        `The newsroom's secret key is in ${keyOnServer(config.dataDir)}. Move it off this machine.`,
      )
    }
  }
}
