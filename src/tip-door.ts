import { mkdirSync } from 'node:fs'
import type { World } from './app.js'
import { finishRestore } from './backups/index.js'
import { type Config, programFolder } from './config.js'
import { openAdmission } from './foundation/admission.js'
import { openDuties } from './foundation/duties.js'
import { NotFound } from './foundation/errors.js'
import { open } from './foundation/feature.js'
import { registerHealth } from './foundation/health.js'
import { openHttp } from './foundation/http.js'
import { alone } from './foundation/lease.js'
import { createLogger } from './foundation/log.js'
import { watchLoopLag } from './foundation/loop-lag.js'
import { openMemory } from './foundation/memory.js'
import { openMetrics } from './foundation/metrics.js'
import { steadyClock } from './foundation/steady-clock.js'
import { openTipStore, sourceDoor, tipErrorPages } from './tips/index.js'

/** All that pages of the tip line load from /assets; their script stands below /tips. */
const ownAssets = /^favicon\.svg$/

/**
 * The source's door as a program of its own. Below the data directory it opens `tips/` and nothing else: no site, no
 * account, no key but public ones. No request is logged.
 * @throws MigrationError when the tip line's database cannot be brought up to date
 */
export async function openTipDoor(config: Config, world: World = {}) {
  const { log = createLogger(config.logLevel) } = world
  const clock = world.clock ?? steadyClock(log).clock
  finishRestore(config.dataDir)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const store = await openTipStore({ dataDir: config.dataDir, clock, log, doors: 'source' })
  const { http, assets } = await openHttp({
    ...config,
    ...{ log, programFolder, onRoute: world.onRoute },
    furniture: async () => ({ ...(await store.nameplate.furniture()), config: { siteUrl: config.siteUrl } }),
  })
  const lag = watchLoopLag(() => undefined)
  const admission = openAdmission(http, { lag, metrics: openMetrics() })
  http.addHook('onClose', async () => lag.stop())
  http.addHook('onClose', () => store.close())
  http.addHook('onListen', () => store.sweep())
  tipErrorPages(http, type => log.error({ type }, 'the tip line failed'))
  http.setNotFoundHandler(async () => {
    throw new NotFound()
  })
  const duties = openDuties({ lease: alone, log })
  registerHealth(http, { db: store.db, duties, clock, folders: [config.dataDir] })
  assets.register(http, ownAssets)
  // Not to SITE_URL: who came by an onion address stays there.
  http.get('/', async (_request, reply) => reply.redirect('/tips', 302))
  const memory = openMemory(clock)
  await open(http, async scope => {
    admission.guard(scope, 'sources')
    await open(scope, sourceDoor({ config, clock, store, assets, duties, memory }))
  })
  http.addHook('onListen', async () => duties.begin())
  http.addHook('onClose', () => duties.end())
  return { http }
}
