import type { FastifyInstance, FastifyReply } from 'fastify'
import { owners } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { SiteService } from '../../site/index.js'
import type { KeysService } from './keys.service.js'
import { SettingsForm } from './settings.schema.js'
import type { SettingsService, Shortening } from './settings.service.js'

export interface SettingsRoomServices {
  settings: SettingsService
  keys: KeysService
  site: SiteService
}

interface Shown {
  problems?: Record<string, string>
  typed?: Record<string, string>
  /** what has to be confirmed before it is saved */
  shortening?: Shortening
}

const config = { may: owners }
const path = '/admin/tips/settings'

/** For how long tips are kept, and whether the newsroom must have a recovery key. */
export function settingsAdmin(scope: FastifyInstance, { settings, keys, site }: SettingsRoomServices): void {
  const page = async (reply: FastifyReply, shown: Shown) => {
    const { retentionDays, recoveryRequired } = await settings.settings()
    const stored = {
      retentionDays: String(retentionDays),
      recoveryRequired: recoveryRequired ? 'yes' : '',
    }
    const { dates } = await site.site()
    const { hasRecovery } = await keys.list()
    return reply.desk(
      'tips/desk/settings',
      { title: 'Tip line settings', path, dates, hasRecovery, problems: {}, typed: stored, ...shown },
      { status: shown.problems ? 422 : 200 },
    )
  }

  scope.get('/tips/settings', { config }, async (_request, reply) => page(reply, {}))

  scope.post('/tips/settings', { config }, async (request, reply) => {
    const form = readForm(SettingsForm, request.body)
    if (form.problems) return page(reply, form)
    const { shortened, ...values } = form.values
    const shortening = await settings.shortening(values.retentionDays)
    // What was confirmed for other days counts for those only.
    if (shortening && shortened !== values.retentionDays)
      return page(reply, { ...unconfirmed(values), shortening })
    await settings.change(request.account, values)
    reply.said({ text: `Saved. Tips are kept for ${values.retentionDays} days after the last message.` })
    return reply.redirect(path, 303)
  })
}

function unconfirmed(values: { retentionDays: number; recoveryRequired: boolean }): Shown {
  return {
    problems: { shortened: 'Tick the box to confirm that these tips may go, or keep them for longer.' },
    typed: {
      retentionDays: String(values.retentionDays),
      recoveryRequired: values.recoveryRequired ? 'yes' : '',
    },
  }
}
