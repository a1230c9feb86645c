import cookies from '@fastify/cookie'
import type { Config } from '../config.js'
import { sendProblem } from '../foundation/error-pages.js'
import { NotFound } from '../foundation/errors.js'
import type { Feature } from '../foundation/feature.js'
import type { SiteService } from '../site/index.js'
import { admin } from './admin.js'
import { refuseForeignForms } from './origin-guard.js'
import type { Notice } from './schema.js'
import { type StaffService, type StaffServices, staffService } from './service.js'
import { sessionCookie } from './session-cookie.js'
import { setupDoor } from './setup.js'
import { signInDoor } from './sign-in.js'

export type { Notice } from './schema.js'
export type { StaffService } from './service.js'

interface Services extends StaffServices {
  config: Pick<Config, 'siteUrl' | 'https' | 'limits'>
  site: SiteService
  /** what the owner should know or do, most pressing first */
  notices: () => Promise<Notice[]>
}

// The Referer of a form on a page with a token in its address stays here; Origin must still be sent.
const headers = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'same-origin',
}

/** Accounts, the doors through which they come in, and the desk behind them. Readers never get a cookie. */
export function staffFeature(services: Services): Feature<StaffService> {
  return async scope => {
    const { config, clock, site, notices } = services
    const staff = staffService(services)
    const cookie = sessionCookie(config)
    await scope.register(
      async doors => {
        doors.addHook('onRequest', async (_request, reply) => void reply.headers(headers))
        refuseForeignForms(doors, config.siteUrl)
        await doors.register(cookies)
        doors.setNotFoundHandler((request, reply) => sendProblem(request, reply, new NotFound()))
        setupDoor(doors, { staff, site, cookie })
        signInDoor(doors, { staff, cookie, clock, limits: config.limits })
        await doors.register(async desk => admin(desk, { staff, cookie, notices }))
      },
      { prefix: '/admin' },
    )
    return staff
  }
}
