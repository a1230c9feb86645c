import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { editors, everybody, type Room } from '../foundation/desk.js'
import type { SiteService } from '../site/index.js'
import type { DashboardService } from './service.js'

const Question = z.object({
  days: z.coerce
    .number()
    .pipe(z.literal([30, 90]))
    .catch(30),
})

const Known = z.object({ id: z.uuid() })

/** The desk's first page. It stands in the menu before all rooms. */
export function dashboardRoom(dashboard: DashboardService, site: SiteService): Room {
  return {
    menu: [],
    open(scope: FastifyInstance) {
      scope.get('/', { config: { may: everybody } }, async (request, reply) => {
        const { days } = Question.parse(request.query)
        const { dates } = await site.site()
        return reply.desk('dashboard/desk', {
          title: 'Desk',
          path: '/admin',
          dates,
          days,
          ...(await dashboard.of(request.account, days)),
        })
      })

      scope.post('/mail/held/release', { config: { may: editors } }, async (request, reply) => {
        const count = await dashboard.releaseMail(request.account)
        return reply.said({ text: `Mails that go out now: ${count}.` }).redirect('/admin', 303)
      })

      scope.post('/mail/held/discard', { config: { may: editors } }, async (request, reply) => {
        const count = await dashboard.discardMail(request.account)
        return reply.said({ text: `Mails that were discarded: ${count}.` }).redirect('/admin', 303)
      })

      scope.post('/mail/:id/dismissal', { config: { may: editors } }, async (request, reply) => {
        const wasThere = await dashboard.dismissMail(request.account, Known.parse(request.params).id)
        const text = wasThere ? 'The mail was dismissed.' : 'This mail is no longer here.'
        return reply.said({ text }).redirect('/admin', 303)
      })
    },
  }
}
