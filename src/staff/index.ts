import cookies from '@fastify/cookie'
import { auditRoom } from '../audit/index.js'
import type { Config } from '../config.js'
import type { Room } from '../foundation/desk.js'
import { asProblem } from '../foundation/error-pages.js'
import { NotFound } from '../foundation/errors.js'
import type { Feature } from '../foundation/feature.js'
import { refuseForeignForms } from '../foundation/foreign-forms.js'
import type { Memory } from '../foundation/memory.js'
import { readOrCreateRing } from '../foundation/secret.js'
import { admin } from './admin.js'
import { confirmEmailDoor } from './doors/confirm-email.js'
import { invitationDoor } from './doors/invitation.js'
import { resetDoor } from './doors/reset.js'
import { setupDoor } from './doors/setup.js'
import { signInDoor } from './doors/sign-in.js'
import { staffKeys } from './keys.js'
import { sendDeskProblem } from './problem-page.js'
import { accountRoom } from './rooms/account.js'
import { peopleRoom } from './rooms/people.js'
import { type StaffService, type StaffServices, staffService } from './service.js'
import { sessionCookie } from './session-cookie.js'
import { newToken } from './tokens.js'

export { staffCommands } from './commands.js'
export { staffKeyChange } from './key-change.js'
export type { StaffService } from './service.js'

interface Services extends Omit<StaffServices, 'keys'> {
  config: Pick<Config, 'siteUrl' | 'https' | 'limits' | 'dataDir'>
  /** what the other features show behind the door, in the order of the menu */
  rooms: Room[]
  memory: Memory
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
    const { config, memory, site } = services
    const { limits } = config
    const keys = staffKeys(readOrCreateRing(config, 'staff-key'))
    const staff = staffService({ ...services, keys })
    const cookie = sessionCookie(config)
    await scope.register(
      async doors => {
        doors.addHook('onRequest', async (_request, reply) => {
          reply.headers(headers).deskPolicy(newToken())
        })
        refuseForeignForms(doors, { siteUrl: config.siteUrl })
        await doors.register(cookies)
        doors.setErrorHandler(async (error, request, reply) => {
          const problem = asProblem(error)
          if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
          return sendDeskProblem(request, reply, problem)
        })
        doors.setNotFoundHandler((request, reply) => sendDeskProblem(request, reply, new NotFound()))
        setupDoor(doors, { staff, site, cookie })
        signInDoor(doors, { staff, cookie, memory, limits })
        invitationDoor(doors, { staff, site, cookie })
        resetDoor(doors, { staff, site, cookie, memory, limits })
        confirmEmailDoor(doors, { staff })
        const rooms = [
          ...services.rooms,
          peopleRoom({ staff, site }),
          auditRoom({ audit: services.audit, dates: async () => (await site.site()).dates }),
          accountRoom({ staff, site, cookie }),
        ]
        await doors.register(async desk => admin(desk, { staff, cookie, keys, rooms }))
      },
      { prefix: '/admin' },
    )
    // Whoever asked for a new password just before the program ended is answered now.
    scope.addHook('onListen', async () => staff.answerResets())
    return staff
  }
}
