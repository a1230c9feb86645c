import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Actor, editors, everybody, writers } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { idOf } from '../desk/address.js'
import type { OpenManuscript } from '../desk/manuscripts.js'
import { BulkIds, back, done } from '../list/admin.js'
import type { ByMail } from './by-mail.js'
import { ScheduleForm, UpdateForm, WithdrawForm } from './forms.js'
import type { ScheduleService } from './schedule.js'
import type { LifecycleService, Outcome } from './service.js'

export interface LifecycleRouteServices {
  lifecycle: LifecycleService
  schedule: ScheduleService
  byMail: ByMail
  site: SiteService
}

/** Shows the edit page with messages beside what stops an article. */
export type ShowProblems = (
  request: FastifyRequest,
  reply: FastifyReply,
  open: OpenManuscript,
  problems: Record<string, string>,
) => Promise<FastifyReply>

const Confirmed = z
  .object({ confirm: z.string().optional(), mail: z.string().optional() })
  .transform(({ confirm, mail }) => ({ confirmed: confirm !== undefined, mail: mail !== undefined }))
const Planned = z.object({ at: z.string().max(40), mail: z.string().max(10) }).partial()
const address = (id: string) => `/admin/articles/${id}`

/** Publishing and all that undoes it. */
export function lifecycleRoutes(
  scope: FastifyInstance,
  { lifecycle, schedule, byMail, site }: LifecycleRouteServices,
  showProblems: ShowProblems,
): void {
  const may = (roles: typeof writers) => ({ config: { may: roles } })

  scope.get('/articles/:id/publishing', may(everybody), async (request, reply) => page(request, reply))

  scope.post('/articles/:id/publish', may(writers), async (request, reply) => {
    const id = idOf(request)
    const wishes = Confirmed.catch({ confirmed: false, mail: false }).parse(request.body)
    const outcome = await lifecycle.publish(request.account, id, wishes)
    if (outcome.kind !== 'done') return stopped(request, reply, outcome, 'publish')
    const text = `“${outcome.title}” is published: readers see it at /articles/${outcome.slug} now.`
    return reply.said({ text }).redirect(address(id), 303)
  })

  scope.post('/articles/:id/schedule', may(writers), async (request, reply) => {
    const id = idOf(request)
    const { dates } = await site.site()
    const form = readForm(ScheduleForm(dates), request.body)
    if (form.problems) return page(request, reply, { ...form, form: 'schedule', status: 422 })
    const { at, twice, confirmed, mail } = form.values
    const outcome = await lifecycle.schedule(request.account, id, { at, confirmed, mail })
    if (outcome.kind !== 'done') return stopped(request, reply, outcome, 'schedule')
    schedule.wake()
    const first = twice ? ' Clocks are put back that night: it is the first of the two.' : ''
    const text = `It will be published on ${dates.dateTime(at)}, ${dates.timeZone} time.${first}`
    return reply
      .said({ text, undo: { action: `${address(id)}/unschedule`, label: 'Make it a draft again' } })
      .redirect(address(id), 303)
  })

  scope.post('/articles/:id/unschedule', may(writers), async (request, reply) => {
    const id = idOf(request)
    await lifecycle.unschedule(request.account, id)
    return reply.said({ text: 'It is a draft again and will not be published.' }).redirect(address(id), 303)
  })

  scope.post('/articles/:id/submit', may(everybody), async (request, reply) => {
    const id = idOf(request)
    const outcome = await lifecycle.submit(request.account, id)
    return outcome.kind === 'done' ? handedIn(reply, id) : stopped(request, reply, outcome, 'publish')
  })

  scope.post('/articles/:id/take-back', may(everybody), async (request, reply) => {
    const id = idOf(request)
    await lifecycle.takeBack(request.account, id)
    return reply.said({ text: 'It is a draft again and waits for nobody.' }).redirect(address(id), 303)
  })

  scope.post('/articles/:id/update', may(writers), async (request, reply) => {
    const id = idOf(request)
    const form = readForm(UpdateForm, request.body)
    if (form.problems) return page(request, reply, { ...form, form: 'update', status: 422 })
    const outcome = await lifecycle.update(request.account, id, form.values)
    if (outcome.kind !== 'done') return stopped(request, reply, outcome, 'publish')
    const text = `“${outcome.title}” is updated: readers see the new text at /articles/${outcome.slug} now.`
    return reply.said({ text }).redirect(address(id), 303)
  })

  scope.post('/articles/:id/withdraw', may(writers), async (request, reply) => {
    const id = idOf(request)
    const form = readForm(WithdrawForm, request.body)
    if (form.problems) return page(request, reply, { ...form, form: 'withdraw', status: 422 })
    await lifecycle.withdraw(request.account, id, form.values.withdrawnReason)
    return reply
      .said({
        text: 'It is withdrawn. Its address tells readers why.',
        undo: { action: `${address(id)}/publish`, label: 'Publish it again' },
      })
      .redirect(address(id), 303)
  })

  scope.post('/articles/:id/trash', may(everybody), async (request, reply) => {
    const id = idOf(request)
    const gone = await lifecycle.trash(request.account, [id])
    if (gone.length === 0)
      return reply.said({ text: 'Nothing went to the trash.' }).redirect('/admin/articles', 303)
    return reply
      .said({
        text: 'The article is in the trash.',
        undo: { action: `${address(id)}/restore`, label: 'Undo' },
      })
      .redirect('/admin/articles', 303)
  })

  scope.post('/articles/:id/restore', may(everybody), async (request, reply) => {
    const id = idOf(request)
    const [restored] = await lifecycle.restore(request.account, [id])
    return restored
      ? reply.said({ text: 'It is out of the trash, as it was.' }).redirect(address(id), 303)
      : reply.said({ text: 'It is no longer in the trash.' }).redirect('/admin/articles', 303)
  })

  scope.post('/articles/bulk/publish', may(writers), async (request, reply) => {
    const { ids } = BulkIds.parse(request.body)
    const published = await publishEach(request.account, ids)
    return back(
      request,
      reply.said({ text: `${done(published, ids.length, 'published')}${hint(published, ids)}` }),
    )
  })

  scope.post('/articles/bulk/trash', may(everybody), async (request, reply) => {
    const { ids } = BulkIds.parse(request.body)
    const gone = ids.length ? await lifecycle.trash(request.account, ids) : []
    const undo = { action: `/admin/articles/bulk/restore?ids=${gone.join(',')}`, label: 'Undo' }
    return back(
      request,
      reply.said({ text: done(gone.length, ids.length, 'put into the trash'), ...(gone.length && { undo }) }),
    )
  })

  scope.post('/articles/bulk/restore', may(everybody), async (request, reply) => {
    const ids = [...BulkIds.parse(request.body).ids, ...BulkIds.parse(request.query).ids]
    const restored = ids.length ? await lifecycle.restore(request.account, ids) : []
    return back(request, reply.said({ text: done(restored.length, ids.length, 'taken out of the trash') }))
  })

  scope.post('/articles/trash/empty', may(editors), async (request, reply) => {
    const gone = await lifecycle.emptyTrash(request.account)
    return reply
      .said({ text: gone ? done(gone, gone, 'deleted for good') : 'The trash was empty already.' })
      .redirect('/admin/articles?status=trash', 303)
  })

  async function publishEach(account: Actor, ids: string[]): Promise<number> {
    let published = 0
    for (const id of ids) {
      const outcome = await lifecycle.publish(account, id, { confirmed: false }).catch(refused)
      if (outcome?.kind === 'done') published += 1
    }
    return published
  }

  // An article that lacks something shows it on its edit page, beside the field; one in doubt is asked about.
  async function stopped(
    request: FastifyRequest,
    reply: FastifyReply,
    outcome: Exclude<Outcome, { kind: 'done' }>,
    form: 'publish' | 'schedule',
  ): Promise<FastifyReply> {
    if (outcome.kind !== 'unready') {
      const problems: Record<string, string> =
        outcome.kind === 'late'
          ? { at: 'This time has passed. Choose one to come, or publish it now.' }
          : {
              [`confirm-${form}`]:
                'Read what stands under “Before it goes out”, then tick that you have seen it.',
            }
      const typed = Planned.catch({}).parse(request.body)
      return page(request, reply, { problems, typed, form, status: 422 })
    }
    const { open } = await lifecycle.readiness(request.account, idOf(request))
    return showProblems(request, reply, open, outcome.problems)
  }

  async function page(
    request: FastifyRequest,
    reply: FastifyReply,
    refused: Refused = {},
  ): Promise<FastifyReply> {
    const { open, problems, doubts } = await lifecycle.readiness(request.account, idOf(request))
    if (Object.keys(problems).length && open.article.status !== 'published')
      return showProblems(request, reply, open, problems)
    const { dates } = await site.site()
    const { article, manuscript } = open
    const model = {
      title: manuscript.title,
      path: '/admin/articles',
      ...{ article, manuscript, doubts, dates },
      byMail: await byMail.of(article.id),
      clockTime:
        article.status === 'scheduled' && article.published ? dates.clockTime(article.published) : '',
      problems: {},
      typed: {},
      form: '',
      ...refused,
    }
    return reply.desk('articles/desk/publishing', model, { status: refused.status ?? 200 })
  }
}

/** Says on the article's page that it waits for review, with a button that takes it back. */
export function handedIn(reply: FastifyReply, id: string): FastifyReply {
  return reply
    .said({
      text: 'It waits for review now. Editors see it in their list.',
      undo: { action: `${address(id)}/take-back`, label: 'Take it back' },
    })
    .redirect(address(id), 303)
}

interface Refused {
  problems?: Record<string, string>
  typed?: Record<string, string | undefined>
  /** which of the page's forms was refused */
  form?: 'publish' | 'schedule' | 'update' | 'withdraw'
  status?: number
}

// What is not there, not theirs, or out already is only left as it was when several are published together.
function refused(error: unknown): undefined {
  const status = (error as { status?: number }).status
  if (status === 404 || status === 409) return undefined
  throw error
}

function hint(published: number, ids: string[]): string {
  return published < ids.length
    ? ' Those are out already, lack something, carry an embargo or have pictures without a description: publish them one by one.'
    : ''
}
