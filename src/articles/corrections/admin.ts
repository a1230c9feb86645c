import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import { writers } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import { CorrectionForm } from './schema.js'
import type { CorrectionsService } from './service.js'

export interface CorrectionsAdminServices {
  db: Database
  corrections: CorrectionsService
  site: SiteService
  clock: Clock
}

const OfArticle = z.object({ id: z.string() })
const OfCorrection = OfArticle.extend({ correction: z.string() })
const may = { config: { may: writers } }

/** An article's corrections at the desk, below /admin. */
export function correctionsAdmin(
  scope: FastifyInstance,
  { db, corrections, site, clock }: CorrectionsAdminServices,
): void {
  const page = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { status = 200, ...refused }: Refused & { status?: number } = {},
  ) => {
    const { id } = OfArticle.parse(request.params)
    const model = {
      title: 'Corrections',
      path: '/admin/articles',
      problems: {},
      typed: {},
      ...(await corrections.forArticle(request.account, id)),
      ...refused,
    }
    return reply.desk('articles/corrections/article', model, { status })
  }

  scope.get('/articles/:id/corrections', may, async (request, reply) => page(request, reply))

  scope.post('/articles/:id/corrections', may, async (request, reply) => {
    const { id } = OfArticle.parse(request.params)
    const read = readForm(await datedForm(), request.body)
    if (read.problems) return page(request, reply, { ...read, status: 422 })
    const made = await db.transaction(tx => corrections.add(tx, request.account, id, read.values))
    reply.said({
      text: 'The correction stands on the article, on the corrections page and in the feeds.',
      undo: {
        action: `/admin/articles/${id}/corrections/${made.id}/removal`,
        label: 'Take it back',
      },
    })
    return reply.redirect(`/admin/articles/${id}/corrections`, 303)
  })

  scope.get('/articles/:id/corrections/:correction', may, async (request, reply) =>
    page(request, reply, { editing: OfCorrection.parse(request.params).correction }),
  )

  scope.post('/articles/:id/corrections/:correction', may, async (request, reply) => {
    const { id, correction } = OfCorrection.parse(request.params)
    const read = readForm(await datedForm(), request.body)
    if (read.problems) return page(request, reply, { ...read, editing: correction, status: 422 })
    await db.transaction(tx => corrections.edit(tx, request.account, id, { id: correction, ...read.values }))
    reply.said({ text: 'The correction was changed, wherever readers see it.' })
    return reply.redirect(`/admin/articles/${id}/corrections`, 303)
  })

  scope.post('/articles/:id/corrections/:correction/removal', may, async (request, reply) => {
    const { id, correction } = OfCorrection.parse(request.params)
    await db.transaction(tx => corrections.remove(tx, request.account, id, correction))
    reply.said({
      text: 'The correction was taken off the article, the corrections page and the feeds.',
      undo: {
        action: `/admin/articles/${id}/corrections/${correction}/restoration`,
        label: 'Put it back',
      },
    })
    return reply.redirect(`/admin/articles/${id}/corrections`, 303)
  })

  scope.post('/articles/:id/corrections/:correction/restoration', may, async (request, reply) => {
    const { id, correction } = OfCorrection.parse(request.params)
    await db.transaction(tx => corrections.restore(tx, request.account, id, correction))
    reply.said({ text: 'The correction is back.' })
    return reply.redirect(`/admin/articles/${id}/corrections`, 303)
  })

  /** With the date as clocks in the site's time zone show it; an empty one is not given. */
  async function datedForm() {
    const { dates } = await site.site()
    const at = z
      .string()
      .default('')
      .transform((typed, context) => {
        if (!typed) return undefined
        const [instant] = dates.instants(typed.slice(0, 16))
        if (instant && instant <= clock().toISOString()) return instant
        context.addIssue('Choose a day and a time that have come already, or leave it empty for now.')
        return z.NEVER
      })
    return CorrectionForm.extend({ at })
  }
}

interface Refused {
  problems?: Record<string, string>
  typed?: Record<string, string>
  /** id of the correction whose form is open; without one it is the form of a new one */
  editing?: string
}
