import multipart from '@fastify/multipart'
import type { Config } from '../../config.js'
import type { Assets } from '../../foundation/assets.js'
import type { Clock } from '../../foundation/clock.js'
import type { Duties } from '../../foundation/duties.js'
import type { Feature } from '../../foundation/feature.js'
import { refuseForeignForms } from '../../foundation/foreign-forms.js'
import type { Memory } from '../../foundation/memory.js'
import { readOrCreateSecret } from '../../foundation/secret.js'
import { retention, type TipStore } from '../store/index.js'
import { openAdditions } from './additions.js'
import { codenameDerivation } from './codename.js'
import { floodDefence } from './flood.js'
import { forgetHeaders } from './forgotten-headers.js'
import { holdingsRoutes } from './holdings/routes.js'
import { headersNeeded } from './holdings/traffic.js'
import { padPages } from './padded-pages.js'
import { sourcePages } from './pages.js'
import { openRepeats } from './repeats.js'
import { tipErrorPages, tipRoutes } from './routes.js'
import { scriptRoutes, sourceScript } from './script.routes.js'
import { sourceService } from './service.js'
import { openSessions } from './sessions.js'

export { tipErrorPages } from './routes.js'

export interface SourceDoorServices {
  config: Pick<Config, 'tipsRecipients' | 'limits' | 'onionUrl' | 'siteUrl' | 'https' | 'trustProxy'>
  clock: Clock
  store: TipStore
  assets: Assets
  duties: Duties
  memory: Memory
}

// Beside what every page has: the rules by which SecureDrop's directory takes a landing page.
// The older names say the same to older browsers.
const traceless = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  expires: '-1',
  'referrer-policy': 'no-referrer',
  'x-download-options': 'noopen',
  'x-permitted-cross-domain-policies': 'master-only',
  'x-xss-protection': '1; mode=block',
}

/** The source's door. It stands in a scope of its own, without the request log and with its own error pages. */
export function sourceDoor({
  config,
  clock,
  store,
  assets,
  duties,
  memory,
}: SourceDoorServices): Feature<void> {
  const { siteUrl, onionUrl } = config
  return async scope => {
    const salt = readOrCreateSecret({ dataDir: store.folder }, 'salt')
    const sessions = openSessions({ clock, memory })
    const script = sourceScript(assets)
    const tips = sourceService({
      ...{ store, sessions, additions: openAdditions({ clock, memory }) },
      derive: codenameDerivation(salt),
      operatorRecipients: config.tipsRecipients,
    })
    duties.add('tip retention', retention({ ...store, clock, log: scope.log }))
    await scope.register(
      async door => {
        forgetHeaders(door, headersNeeded(config))
        await door.register(multipart)
        door.addHook('onRequest', async (_request, reply) => {
          const { integrity, hex } = script
          reply.furnishedBy(async () => ({
            ...(await store.nameplate.furniture()),
            ...{ config: { siteUrl }, sourceScript: { integrity, hex } },
          }))
          reply.headers(traceless).runsOnly(integrity)
        })
        // Or another site could sign a source in to a tip that it can read itself.
        refuseForeignForms(door, { siteUrl, onionUrl, hiddenOrigin: true })
        padPages(door)
        tipErrorPages(door, type => scope.log.error({ type }, 'the tip line failed'))
        scriptRoutes(door, script)
        holdingsRoutes(door, { store, config, recipients: () => tips.recipients() })
        const pages = sourcePages({ tips, salt, onionUrl })
        const flood = floodDefence({ clock, memory, limits: config.limits })
        tipRoutes(door, { tips, pages, flood, repeats: openRepeats({ clock, memory }) })
      },
      // Fastify itself notes broken connections, with where they came from; here it may not.
      { logLevel: 'silent' },
    )
  }
}
