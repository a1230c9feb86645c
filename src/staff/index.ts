import cookies from '@fastify/cookie'
import type { Config } from '../config.js'
import type { Room } from '../foundation/desk.js'
import { asProblem } from '../foundation/error-pages.js'
import { NotFound } from '../foundation/errors.js'
import type { Feature } from '../foundation/feature.js'
import type { SiteService } from '../site/index.js'
import { admin } from './admin.js'
import { refuseForeignForms } from './origin-guard.js'
import { sendDeskProblem } from './problem-page.js'
import type { Notice } from './schema.js'
import { type StaffService, type StaffServices, staffService } from './service.js'
import { sessionCookie } from './session-cookie.js'
import { setupDoor } from './setup.js'
import { signInDoor } from './sign-in.js'
import { newToken } from './tokens.js'

export type { Notice } from './schema.js'
export type { StaffService } from './service.js'

interface Services extends StaffServices {
  config: Pick<Config, 'siteUrl' | 'https' | 'limits'>
  site: SiteService
  /** what the owner should know or do, most pressing first */
  notices: () => Promise<Notice[]>
  /** what the other features show behind the door, in the order of the menu */
  rooms: Room[]
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
    const { config, clock, site, notices, rooms } = services
    const staff = staffService(services)
    const cookie = sessionCookie(config)
    await scope.register(
      async doors => {
        doors.addHook('onRequest', async (_request, reply) => {
          reply.headers(headers).deskPolicy(newToken())
        })
        refuseForeignForms(doors, config.siteUrl)
        await doors.register(cookies)
        doors.setErrorHandler(async (error, request, reply) => {
          const problem = asProblem(error)
          if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
          return sendDeskProblem(request, reply, problem)
        })
        doors.setNotFoundHandler((request, reply) => sendDeskProblem(request, reply, new NotFound()))
        setupDoor(doors, { staff, site, cookie })
        signInDoor(doors, { staff, cookie, clock, limits: config.limits })
        await doors.register(async desk => admin(desk, { staff, cookie, notices, rooms }))
      },
      { prefix: '/admin' },
    )
    return staff
  }
}
