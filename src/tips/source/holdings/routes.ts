import type { FastifyInstance } from 'fastify'
import type { Config } from '../../../config.js'
import type { TipStore } from '../../store/index.js'
import { files, memory, newsroom, others } from './elsewhere.js'
import { holdings } from './holdings.js'
import { address, lineHeaders, logLines, proxyHeaders, requestHeaders, responseHeaders } from './traffic.js'

export interface HoldingsServices {
  store: TipStore
  config: Pick<Config, 'https' | 'onionUrl' | 'trustProxy' | 'limits'>
  recipients: () => Promise<string[]>
}

/** `What we hold on you`, made from the database as it is and the settings as they are. */
export function holdingsRoutes(
  scope: FastifyInstance,
  { store, config, recipients }: HoldingsServices,
): void {
  const { https, onionUrl, limits, trustProxy } = config
  scope.get('/tips/what-we-hold', async (_request, reply) => {
    const held = await holdings(store)
    const received = { ...requestHeaders, ...(trustProxy ? proxyHeaders : {}), ...lineHeaders }
    const traffic = { address, logLines, requestHeaders: received, responseHeaders }
    const model = {
      ...{ title: 'What we hold on you', path: '/tips/what-we-hold' },
      description: 'Everything that is kept of a tip, column by column, and what is not kept.',
      ...held,
      ...traffic,
      ...{ files, memory, newsroom, others },
      settings: { https, onion: onionUrl !== undefined, limits, proxy: Boolean(trustProxy) },
      keys: (await recipients()).length,
    }
    return reply.page('tips/what-we-hold', model, { cache: 'secret' })
  })
}
