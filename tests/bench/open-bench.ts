import { type App, openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { createLogger } from '../../src/foundation/log.js'

/** A press over a data directory, silent, without limits. */
export function openBench(dataDir: string): Promise<App> {
  const config = readConfig({ DATA_DIR: dataDir, RATE_LIMITS: 'off', LOG_LEVEL: 'silent' })
  return openApp(config, { log: createLogger('silent') })
}
