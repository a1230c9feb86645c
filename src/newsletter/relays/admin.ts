import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AuditService } from '../../audit/index.js'
import type { Database } from '../../foundation/database.js'
import { editors } from '../../foundation/desk.js'
import { NotFound } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'

export interface RelaysPageServices {
  db: Database
  audit: AuditService
  mail: MailService
  site: SiteService
}

const path = '/admin/newsletter/relays'
const may = { config: { may: editors } }
const Attempt = z.object({ relay: z.string().max(300) })

/** The page of the relays: how each does, and a way to end its rest. */
export function relaysPage({ db, audit, mail, site }: RelaysPageServices): (scope: FastifyInstance) => void {
  return scope => {
    scope.get('/newsletter/relays', may, async (_request, reply) => {
      const { dates } = await site.site()
      return reply.desk('newsletter/desk/relays', {
        ...{ title: 'Relays', path, dates },
        relays: await mail.relays(),
        mailFrom: mail.mailFrom,
        ...mail.senders,
      })
    })

    scope.post('/newsletter/relays/attempt', may, async (request, reply) => {
      const read = readForm(Attempt, request.body)
      const wanted = read.problems ? undefined : read.values.relay
      const relay = (await mail.relays()).find(({ name }) => name === wanted)
      if (!relay) throw new NotFound('There is no such relay.')
      await db.transaction(tx =>
        audit.record(tx, request.account, {
          action: 'woken',
          subject: { kind: 'relay', id: relay.name, label: relay.name },
        }),
      )
      mail.wakeRelay(relay.name)
      reply.said({ text: `${relay.name} is offered the next mail.` })
      return reply.redirect(path, 303)
    })
  }
}
