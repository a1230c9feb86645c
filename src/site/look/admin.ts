import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors } from '../../foundation/desk.js'
import { Conflict } from '../../foundation/errors.js'
import { readForm } from '../../foundation/form.js'
import type { Pictures } from '../pictures.js'
import type { Identity } from '../schema.js'
import { type Part, type SiteService, versionOf } from '../service.js'
import { saved } from '../undo/admin.js'
import { accentStyle } from './accent.js'

export interface LookServices {
  site: SiteService
  pictures: Pictures
}

const may = editors
const part: Part = {
  name: 'look',
  title: 'Logo and colour',
  of: ({ logo, accent }: Identity) => [logo, accent],
}

const LookForm = z.object({
  logo: z.string().trim().max(300, 'This is too long: 300 characters at most.').default(''),
  own: z.string().optional(),
  accent: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^#[0-9a-f]{6}$/, 'Choose a colour, or write one such as #0a5c8a.')
    .optional(),
  version: z.string().max(64).default(''),
  preview: z.string().optional(),
})

interface Shown {
  typed?: Record<string, string>
  problems?: Record<string, string>
  version?: string
  stale?: boolean
}

// As paper/colours.css has them.
const house = '#a02d1b'
const houseShades = {
  light: { accent: house, onAccent: '#fffdf9' },
  dark: { accent: '#f0907c', onAccent: '#1a1110' },
}

/** The logo and the accent colour. */
export function lookAdmin(scope: FastifyInstance, { site, pictures }: LookServices): void {
  const storedLook = async () => {
    const { identity } = await site.site()
    const logo = identity.logo ? (await pictures.byIds([identity.logo])).get(identity.logo) : undefined
    return {
      logo,
      version: versionOf(part.of(identity)),
      typed: {
        logo: logo?.name ?? '',
        own: identity.accent ? 'yes' : '',
        accent: identity.accent ?? house,
      } as Record<string, string>,
    }
  }

  const show = async (reply: FastifyReply, shown: Shown, status = 200) => {
    const stored = await storedLook()
    const typed = shown.typed ?? stored.typed
    const model = {
      title: part.title,
      path: '/admin/site/look',
      stored: stored.typed,
      logo: stored.logo,
      pictures: await pictures.recent(stored.logo ? [stored.logo.id] : [], 50),
      problems: {},
      stale: false,
      version: stored.version,
      ...shown,
      typed,
      shades: shown.problems || !typed.own ? houseShades : accentStyle(typed.accent ?? house),
    }
    return reply.desk('site/admin/look', model, { status })
  }

  scope.get('/site/look', { config: { may } }, async (_request, reply) => show(reply, {}))

  scope.post('/site/look', { config: { may } }, async (request, reply) => {
    const form = readForm(LookForm, request.body)
    if (form.problems)
      return show(
        reply,
        { typed: form.typed, problems: form.problems, version: form.typed.version ?? '' },
        422,
      )
    const { logo: name, own, accent, version, preview } = form.values
    const typed = { logo: name, own: own ? 'yes' : '', accent: accent ?? house }
    const logo = name ? (await pictures.byNames([name])).get(name) : undefined
    if (name && !logo) {
      const problems = { logo: 'There is no picture of that name. Upload it under Pictures first.' }
      return show(reply, { typed, problems, version }, 422)
    }
    if (preview) return show(reply, { typed, version })
    try {
      const changed = { logo: logo?.id ?? null, accent: own && accent ? accent : null }
      return saved(reply, part, await site.changePart(request.account, part, version, changed))
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return show(reply, { typed, stale: true }, 409)
    }
  })
}
