import type { FastifyInstance, FastifyReply } from 'fastify'
import { editors } from '../../foundation/desk.js'
import { Conflict, Invalid } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import { type Part, type SiteService, versionOf } from '../service.js'
import { saved } from '../undo/admin.js'
import { type LinkList, LinksForm, linkLists, linkProblems, type Row, sentRows } from './schema.js'

const may = editors

/** The lists of links: navigation, footer, elsewhere. */
export function linksAdmin(scope: FastifyInstance, site: SiteService): void {
  for (const list of linkLists) linkListAdmin(scope, list, site)
}

interface Shown {
  rows?: Row[]
  problems?: Record<string, string>
  version?: string
  stale?: boolean
}

function linkListAdmin(scope: FastifyInstance, list: LinkList, site: SiteService): void {
  const address = `/site/${list.name}`
  const part: Part = { name: list.name, title: list.title, of: identity => identity[list.key] }

  const show = async (reply: FastifyReply, shown: Shown, status = 200) => {
    const stored = (await site.site()).identity[list.key]
    const model = {
      title: list.title,
      path: `/admin${address}`,
      list,
      stored,
      rows: stored,
      problems: {},
      stale: false,
      version: versionOf(stored),
      ...shown,
    }
    return reply.desk('site/admin/links', model, { status })
  }

  scope.get(address, { config: { may } }, async (_request, reply) => show(reply, {}))

  scope.post(address, { config: { may } }, async (request, reply) => {
    const form = readForm(LinksForm, request.body)
    if (form.problems) throw new Invalid()
    const { version } = form.values
    const rows = sentRows(form.values)
    const problems = linkProblems(rows)
    if (Object.keys(problems).length) return show(reply, { rows, problems, version }, 422)
    try {
      return saved(reply, part, await site.changePart(request.account, part, version, { [list.key]: rows }))
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return show(reply, { rows, stale: true }, 409)
    }
  })
}
