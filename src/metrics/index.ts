import { stat } from 'node:fs/promises'
import type { Config } from '../config.js'
import type { Feature } from '../foundation/feature.js'
import { type Gathering, type Metrics, together } from '../foundation/metrics.js'
import { type KeptPages, readKeptPages } from './kept-pages.js'
import { readProcess } from './process.js'
import { type Queues, readQueues } from './queues.js'
import { metricsRoutes } from './routes.js'

export { readProcess } from './process.js'

export interface MetricsServices {
  config: Pick<Config, 'metricsToken' | 'trustProxy' | 'version' | 'databaseFile'>
  metrics: Metrics
  /** the other processes that share the port */
  gathering: Gathering
  queues: Queues
  keptPages?: (() => KeptPages) | undefined
}

/** What operators watch, at `/metrics`. */
export function metricsFeature(services: MetricsServices): Feature<void> {
  return async scope => {
    const { config, metrics, gathering, queues, keptPages } = services
    readProcess(metrics)
    readQueues(metrics, queues)
    if (keptPages) readKeptPages(metrics, keptPages)
    readDatabase(metrics, config.databaseFile)
    const built = { name: 'handpress_build_info', help: 'The version that runs.', labels: ['version'] }
    metrics.reading({ ...built, kind: 'gauge', together: 'once' }, () => [[[config.version], 1]])
    gathering.onAsked(() => metrics.families('own'))
    metricsRoutes(scope, {
      token: config.metricsToken,
      behindProxy: config.trustProxy !== false,
      gather: async () => {
        const own = { process: gathering.process, families: await metrics.families('all') }
        return together([own, ...(await gathering.others())])
      },
    })
  }
}

function readDatabase(metrics: Metrics, file: string): void {
  const sized = [
    ['handpress_database_bytes', 'Size of the database.', file],
    ['handpress_database_log_bytes', 'Size of its write-ahead log.', `${file}-wal`],
  ] as const
  for (const [name, help, path] of sized)
    metrics.reading({ name, help, kind: 'gauge', labels: [], together: 'once' }, async () => {
      const found = await stat(path).catch(() => undefined)
      return found ? [[[], found.size]] : []
    })
}
