import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.js'
import { editors } from '../../foundation/desk.js'
import type { MailService } from '../../mail/index.js'
import type { SiteService } from '../../site/index.js'
import type { DeliveryService } from './service.js'

export interface MailingAdminServices {
  delivery: DeliveryService
  site: SiteService
  relays: MailService['relays']
  clock: Clock
}

const may = { config: { may: editors } }
const Named = z.object({ issueId: z.string().max(64) })
const After = z.string().max(64).catch('').default('')
const Wanted = z.object({ unknown: After, failed: After })
const Whose = z.object({ reader: z.uuid().optional().catch(undefined) })

const address = (issueId: string) => `/admin/newsletter/mailings/${issueId}`

/** The desk's page of an issue that is under way: how far it is, and what is to be decided. */
export function mailingAdmin(
  scope: FastifyInstance,
  { delivery, site, relays, clock }: MailingAdminServices,
): void {
  scope.get('/newsletter/mailings/:issueId', may, async (request, reply) => {
    const { issueId } = Named.parse(request.params)
    const { unknown, failed } = Wanted.parse(request.query)
    const progress = await delivery.of(issueId)
    const { dates } = await site.site()
    const putOffUntil = await delivery.putOffUntil(issueId)
    return reply.desk('newsletter/desk/mailing', {
      ...{
        title: `Issue ${progress.number}`,
        path: '/admin/newsletter',
        address: address(issueId),
        dates,
        progress,
      },
      bar: barOf(progress),
      putOffUntil,
      left: progress.eta && !putOffUntil && inWords(Date.parse(progress.eta) - clock().getTime()),
      relays: await relays(),
      undecided: await delivery.countUndecided(issueId),
      givenUp: await delivery.countGivenUp(issueId),
      unknown: await delivery.list(issueId, 'unknown', unknown),
      failed: await delivery.list(issueId, 'failed', failed),
      scripts: ['mailing.js'],
    })
  })

  const act = (name: string, deed: (request: FastifyRequest, issueId: string) => Promise<string>): void => {
    scope.post(`/newsletter/mailings/:issueId/${name}`, may, async (request, reply: FastifyReply) => {
      const { issueId } = Named.parse(request.params)
      reply.said({ text: await deed(request, issueId) })
      return reply.redirect(address(issueId), 303)
    })
  }

  act('pause', async ({ account }, issueId) => {
    await delivery.pause(account, issueId)
    return 'The issue is paused. What is under way this moment still arrives.'
  })
  act('resumption', async ({ account }, issueId) => {
    await delivery.resume(account, issueId)
    return 'The issue goes on.'
  })
  act('release', async ({ account }, issueId) => {
    await delivery.release(account, issueId)
    return 'The issue goes out.'
  })
  act('cancellation', async ({ account }, issueId) => {
    await delivery.cancel(account, issueId)
    return 'The issue is cancelled. Whoever has not got it yet will not get it.'
  })
  act('unknown/again', async ({ account, body }, issueId) => {
    const count = await delivery.sendAgain(account, issueId, Whose.parse(body ?? {}).reader)
    return count === 1 ? 'One mail goes out again.' : `${count} mails go out again.`
  })
  act('unknown/left', async ({ account, body }, issueId) => {
    const count = await delivery.leave(account, issueId, Whose.parse(body ?? {}).reader)
    return count === 1 ? 'One mail is left as it is.' : `${count} mails are left as they are.`
  })
  act('failed/again', async ({ account }, issueId) => {
    const count = await delivery.sendFailedAgain(account, issueId)
    return count === 1 ? 'One mail goes out again.' : `${count} mails go out again.`
  })
}

/** Where the parts of the bar begin and how wide they are, of a hundred. */
function barOf({
  accepted,
  failed,
  unknown,
  queued,
}: { [state in 'accepted' | 'failed' | 'unknown' | 'queued']: number }) {
  const total = Math.max(1, accepted + failed + unknown + queued)
  let x = 0
  return Object.entries({ accepted, unknown, failed }).map(([state, count]) => {
    const part = { state, x, width: Math.round((count / total) * 10_000) / 100 }
    x += part.width
    return part
  })
}

function inWords(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000)
  if (minutes <= 1) return 'less than a minute'
  if (minutes < 120) return `about ${minutes} minutes`
  return `about ${Math.round(minutes / 60)} hours`
}
