import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors, type Room } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import { readForm } from '../foundation/form.js'
import { linksAdmin } from './links/admin.js'
import { type LookServices, lookAdmin } from './look/admin.js'
import type { Identity } from './schema.js'
import { type Part, type SiteService, versionOf } from './service.js'
import { standingPagesAdmin } from './standing-pages/admin.js'
import type { StandingPagesService } from './standing-pages/service.js'
import { type Subject, subjects } from './subjects.js'
import { saved, undoAdmin } from './undo/admin.js'

export interface SiteRoomServices extends LookServices {
  standingPages: StandingPagesService
}

const Sent = z.object({ version: z.string().max(64).default(''), preview: z.string().optional() })
const may = editors

/** Where editors say who the site is and what stands around its articles. */
export function siteRoom(services: SiteRoomServices): Room {
  const { site } = services
  return {
    menu: [{ label: 'Site', path: '/admin/site', may }],
    open(scope: FastifyInstance) {
      scope.get('/site', { config: { may } }, async (_request, reply) =>
        reply.redirect(`/admin/site/${subjects[0]?.name}`, 303),
      )
      for (const subject of subjects) subjectAdmin(scope, subject, site)
      lookAdmin(scope, services)
      linksAdmin(scope, site)
      standingPagesAdmin(scope, services)
      undoAdmin(scope, site)
    },
  }
}

function subjectAdmin(scope: FastifyInstance, subject: Subject, site: SiteService): void {
  const address = `/site/${subject.name}`
  const part = partOf(subject)

  const show = async (reply: FastifyReply, shown: Shown, status = 200) => {
    const { identity, markdown } = await site.site()
    const stored = subject.read(identity)
    const typed = shown.typed ?? stored
    const model = {
      title: subject.title,
      path: `/admin${address}`,
      subject,
      stored,
      problems: {},
      stale: false,
      version: versionOf(stored),
      ...shown,
      typed,
      inline: (text: string) => markdown.inline(text),
    }
    return reply.desk('site/admin/subject', model, { status })
  }

  scope.get(address, { config: { may } }, async (_request, reply) => show(reply, {}))

  scope.post(address, { config: { may } }, async (request, reply) => {
    const { version, preview } = Sent.parse(request.body ?? {})
    const form = readForm<Partial<Identity>>(subject.schema, request.body)
    const typed = typedTexts(subject, request.body)
    if (form.problems) return show(reply, { typed, problems: form.problems, version }, 422)
    if (preview) return show(reply, { typed, version, previewed: true })
    try {
      const undo = await site.changePart(request.account, part, version, form.values)
      return saved(reply, subject, undo)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      // The form is now about what is stored: sending it again is a decision.
      return show(reply, { typed, stale: true }, 409)
    }
  })
}

interface Shown {
  typed?: Record<string, string>
  problems?: Record<string, string>
  version?: string
  stale?: boolean
  previewed?: boolean
}

function partOf({ name, title, read }: Subject): Part {
  return { name, title, of: read }
}

// A tick that was taken away is not sent at all.
function typedTexts({ fields }: Subject, body: unknown): Record<string, string> {
  const sent = z.record(z.string(), z.unknown()).catch({}).parse(body)
  return Object.fromEntries(
    fields.map(({ name }) => [name, typeof sent[name] === 'string' ? (sent[name] as string) : '']),
  )
}
