import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ArticlesService } from '../../articles/index.js'
import { editors } from '../../foundation/desk.js'
import { Conflict } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import { readPlannedTime } from '../../foundation/planned-time.js'
import type { SiteService } from '../../site/index.js'
import type { DeliveryService } from '../delivery/index.js'
import type { OfferedSections } from '../offered-sections.js'
import { arranged } from './arranging.js'
import { type IssueFields, IssueForm, IssueStatus } from './schema.js'
import { audienceOf, type SendingService } from './sending.js'
import type { OpenIssue, WritingService } from './writing.js'

export interface IssuesAdminServices {
  writing: WritingService
  sending: SendingService
  delivery: DeliveryService
  articles: ArticlesService
  site: SiteService
  offered: OfferedSections
}

const home = '/admin/newsletter'
const may = { config: { may: editors } }
const CANDIDATES = 10

const Named = z.object({ id: z.uuid() })
const addressOf = (id: string) => `${home}/issues/${id}`
const ListQuery = z.object({
  state: IssueStatus.catch('draft'),
  before: z
    .string()
    .regex(/^\d{4}-[\dT:.Z-]{10,30}_[0-9a-f-]{36}$/)
    .transform(text => {
      const [changed = '', id = ''] = text.split('_')
      return { changed, id }
    })
    .optional()
    .catch(undefined),
})
const NewForm = z.object({ article: z.uuid().optional() })
const SendForm = z.object({
  version: z.coerce.number('Open the page again.').int(),
  at: z.string().default(''),
})
const Question = z.object({ q: z.string().trim().max(200).catch('') })

/** Issues at the desk: the list, the page where one is written, and the way out. */
export function issuesAdmin(scope: FastifyInstance, services: IssuesAdminServices): void {
  listPages(scope, services)
  writingPages(scope, services)
  sendingPages(scope, services)
}

function listPages(scope: FastifyInstance, { writing, delivery, articles, site }: IssuesAdminServices): void {
  scope.get('/newsletter', may, async (request, reply) => {
    const { state, before } = ListQuery.parse(request.query)
    const { issues, counts, next } = await writing.list(state, before)
    const { dates } = await site.site()
    return reply.desk('newsletter/desk/issues', {
      ...{ title: 'Newsletter', path: home, state, issues, counts, dates },
      progress: await delivery.progress(issues.map(({ id }) => id)),
      next: next && `${next.changed}_${next.id}`,
    })
  })

  scope.post('/newsletter/issues', may, async (request, reply) => {
    const { article } = NewForm.catch({}).parse(request.body)
    const [found] = article ? await articles.reading.published([article]) : []
    const fields: Partial<IssueFields> = found
      ? { subject: found.title.slice(0, 150), articles: [{ id: found.id, form: 'full' }] }
      : {}
    return reply.redirect(addressOf(await writing.begin(request.account, fields)), 303)
  })
}

interface Shown {
  problems?: Record<string, string>
  /** what was typed, in the place of what is stored */
  form?: IssueForm | undefined
  stale?: boolean
  status?: number
}

function writingPages(scope: FastifyInstance, services: IssuesAdminServices): void {
  const { writing, sending, delivery, articles, site, offered } = services

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    shown: Shown = {},
  ): Promise<FastifyReply> => {
    const { id } = Named.parse(request.params)
    const open = await writing.open(id)
    const { dates } = await site.site()
    const model = {
      ...{
        title: open.issue.subject || 'Issue without a subject',
        path: home,
        address: addressOf(id),
        dates,
      },
      ...{ problems: {}, stale: false, ...shown },
      ...open,
      sections: await offered(),
    }
    if (open.issue.status === 'sent') {
      const progress = (await delivery.progress([id])).get(id)
      return reply.desk('newsletter/desk/sent-issue', { ...model, progress })
    }
    const { q } = Question.parse(request.query)
    const typed = shown.form ? await typedArticles(open, shown.form) : open
    return reply.desk(
      'newsletter/desk/issue',
      {
        ...model,
        ...{ wide: true, scripts: ['issue.js'], q },
        typed: shown.form ?? fieldsOf(open),
        articles: typed.articles,
        readers: await delivery.countAudience(shown.form ?? audienceOf(open.issue)),
        candidates: await candidates(q, open),
      },
      { status: shown.status ?? 200 },
    )
  }

  /** Published articles to choose from: what fits the words, or the newest. */
  const candidates = async (q: string, { articles: chosen }: OpenIssue) => {
    const found = q
      ? (await articles.reading.search(q, 1)).hits
      : (await articles.reading.page({ kind: 'all' })).stories
    const known = new Set(chosen.map(({ id }) => id))
    return found.filter(({ id }) => !known.has(id)).slice(0, CANDIDATES)
  }

  // The titles of what a form that was not saved holds.
  const typedArticles = async (open: OpenIssue, form: IssueForm): Promise<Pick<OpenIssue, 'articles'>> => {
    const known = new Map(open.articles.map(article => [article.id, article]))
    const others = await articles.reading.published(form.articles.map(({ id }) => id))
    for (const { id, title, slug } of others)
      if (!known.has(id)) known.set(id, { id, title, slug, form: 'dek', status: 'published' })
    return {
      articles: form.articles.flatMap(({ id, form: wanted }) => {
        const article = known.get(id)
        return article ? [{ ...article, form: wanted }] : []
      }),
    }
  }

  scope.get('/newsletter/issues/:id', may, async (request, reply) => show(request, reply))

  scope.post('/newsletter/issues/:id', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const read = readForm(IssueForm, request.body)
    if (read.problems) {
      const kept = IssueForm.safeParse(forgiving(request.body)).data
      return show(request, reply, { problems: read.problems, form: kept, status: 422 })
    }
    const form = read.values
    const { fields, place } = arranged(form)
    if ((await writing.save(request.account, id, form.version, fields)) === undefined)
      return show(request, reply, { form, stale: true, status: 409 })
    const words = form.action === 'search' ? `?q=${encodeURIComponent(form.q)}` : ''
    if (form.action === 'send') return reply.redirect(`${addressOf(id)}/send`, 303)
    if (form.action === 'preview') return reply.redirect(`${addressOf(id)}/preview`, 303)
    if (form.action === 'save') reply.said({ text: 'Saved.' })
    return reply.redirect(`${addressOf(id)}${words}${place}`, 303)
  })

  scope.post('/newsletter/issues/:id/duplicate', may, async (request, reply) => {
    const copy = await writing.duplicate(request.account, Named.parse(request.params).id)
    return reply
      .said({ text: 'This is a new issue with the same words and articles.' })
      .redirect(addressOf(copy), 303)
  })

  scope.post('/newsletter/issues/:id/removal', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await writing.remove(request.account, id)
    const undo = { action: `${addressOf(id)}/restoration`, label: 'Undo' }
    return reply.said({ text: 'The issue is deleted.', undo }).redirect(home, 303)
  })

  scope.post('/newsletter/issues/:id/restoration', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await writing.bringBack(request.account, id)
    return reply.said({ text: 'The issue is back, as it was.' }).redirect(addressOf(id), 303)
  })

  scope.post('/newsletter/issues/:id/unschedule', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    await sending.unschedule(request.account, id)
    return reply.said({ text: 'It is a draft again and will not be sent.' }).redirect(addressOf(id), 303)
  })
}

function sendingPages(
  scope: FastifyInstance,
  { writing, sending, site, offered }: IssuesAdminServices,
): void {
  const ask = async (
    request: FastifyRequest,
    reply: FastifyReply,
    {
      problems,
      typed = {},
      status = 200,
    }: { problems?: Record<string, string>; typed?: object; status?: number } = {},
  ): Promise<FastifyReply> => {
    const { id } = Named.parse(request.params)
    const open = await writing.open(id)
    if (open.issue.status === 'sent') return reply.redirect(addressOf(id), 303)
    const { dates } = await site.site()
    const { problems: lacking, readers } = await sending.readiness(id)
    return reply.desk(
      'newsletter/desk/send',
      {
        ...{ title: `Send: ${open.issue.subject || 'an issue'}`, path: home, address: addressOf(id), dates },
        ...{ ...open, readers, lacking, typed, problems: problems ?? {} },
        clockTime: open.issue.sendAt ? dates.clockTime(open.issue.sendAt) : '',
        sections: await offered(),
      },
      { status },
    )
  }

  /** The issue, unless something is missing: then the page says what. */
  const ready = async (request: FastifyRequest): Promise<boolean> => {
    const { problems } = await sending.readiness(Named.parse(request.params).id)
    return Object.keys(problems).length === 0
  }

  scope.get('/newsletter/issues/:id/send', may, async (request, reply) => ask(request, reply))

  scope.post('/newsletter/issues/:id/send', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const read = readForm(SendForm, request.body)
    if (read.problems) return ask(request, reply, { ...read, status: 422 })
    const { issue } = await writing.open(id)
    if (issue.status !== 'sent' && !(await ready(request))) return ask(request, reply, { status: 422 })
    const number = await sending.send(request.account, id, read.values.version)
    return reply.said({ text: `Issue ${number} is on its way.` }).redirect(addressOf(id), 303)
  })

  scope.post('/newsletter/issues/:id/schedule', may, async (request, reply) => {
    const { id } = Named.parse(request.params)
    const read = readForm(SendForm, request.body)
    if (read.problems) return ask(request, reply, { ...read, status: 422 })
    const { dates } = await site.site()
    const time = readPlannedTime(read.values.at, dates)
    if (time.problem !== undefined)
      return ask(request, reply, { problems: { at: time.problem }, typed: read.values, status: 422 })
    if (sending.isOver(time.at))
      return ask(request, reply, { problems: { at: over }, typed: read.values, status: 422 })
    const { issue } = await writing.open(id)
    if (issue.status === 'sent') throw new Conflict('This issue has been sent already.')
    if (!(await ready(request))) return ask(request, reply, { typed: read.values, status: 422 })
    await sending.schedule(request.account, id, read.values.version, time.at)
    const first = time.twice ? ' Clocks are put back that night: it is the first of the two.' : ''
    const text = `It will be sent on ${dates.dateTime(time.at)}, ${dates.timeZone} time.${first}`
    return reply
      .said({ text, undo: { action: `${addressOf(id)}/unschedule`, label: 'Make it a draft again' } })
      .redirect(addressOf(id), 303)
  })
}

const over = 'This time is over. Choose one that is to come, or send the issue now.'

function fieldsOf({ issue, articles }: OpenIssue) {
  return { ...issue, articles }
}

// What was too long is shown again in full, so that it can be shortened.
function forgiving(body: unknown): object {
  const fields = typeof body === 'object' && body !== null ? body : {}
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && ['subject', 'preheader'].includes(name)
        ? value.replace(/[\p{Cc}\p{Surrogate}]/gu, ' ').slice(0, name === 'subject' ? 150 : 200)
        : value,
    ]),
  )
}
