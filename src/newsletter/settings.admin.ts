import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { editors } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import { readForm } from '../foundation/form.js'
import type { SiteService } from '../site/index.js'
import type { DigestsService } from './digests/service.js'
import type { NewsletterSettings } from './settings.js'
import { type SettingsService, settingsVersion } from './settings.service.js'

/** What another part shows at the end of the page: a view, and what the view needs. */
export interface SettingsSection {
  view: string
  model(): Promise<object>
}

export interface SettingsRoomServices {
  settings: SettingsService
  digests: DigestsService
  site: SiteService
  sections: SettingsSection[]
}

const ticked = z
  .literal('yes', 'Tick the box, or leave it.')
  .optional()
  .transform(value => value === 'yes')
const hour = z.coerce
  .number('Choose an hour.')
  .int('Choose an hour.')
  .min(0, 'Choose an hour.')
  .max(23, 'Choose an hour.')
const weekday = z.coerce
  .number('Choose a day.')
  .int('Choose a day.')
  .min(1, 'Choose a day.')
  .max(7, 'Choose a day.')

const SettingsForm = z
  .object({
    dailyOn: ticked,
    dailyHour: hour,
    weeklyOn: ticked,
    weeklyWeekday: weekday,
    weeklyHour: hour,
    countClicks: ticked,
    version: z.string().max(64).default(''),
  })
  .transform(form => ({
    version: form.version,
    changed: {
      daily: { on: form.dailyOn, hour: form.dailyHour },
      weekly: { on: form.weeklyOn, weekday: form.weeklyWeekday, hour: form.weeklyHour },
      countClicks: form.countClicks,
    },
  }))

const may = { config: { may: editors } }

/** Digests and the counting of clicks. */
export function settingsAdmin(
  scope: FastifyInstance,
  { settings, digests, site, sections }: SettingsRoomServices,
): void {
  const show = async (
    reply: FastifyReply,
    {
      status = 200,
      ...shown
    }: { status?: number; typed?: object; problems?: Record<string, string>; stale?: boolean },
  ) => {
    const [stored, { identity }] = [await settings.now(), await site.site()]
    const model = {
      title: 'Newsletter settings',
      path: '/admin/newsletter/settings',
      typed: fieldsOf(stored),
      problems: {},
      stale: false,
      ...shown,
      version: settingsVersion(stored),
      stored: fieldsOf(stored),
      timeZone: identity.timeZone,
      next: await digests.next(),
      sections: await Promise.all(sections.map(async ({ view, model }) => ({ view, model: await model() }))),
    }
    return reply.desk('newsletter/desk/settings', model, { status })
  }

  scope.get('/newsletter/settings', may, async (_request, reply) => show(reply, {}))

  scope.post('/newsletter/settings', may, async (request, reply) => {
    const form = readForm(SettingsForm, request.body)
    if (form.problems) return show(reply, { typed: form.typed, problems: form.problems, status: 422 })
    try {
      const { version, changed } = form.values
      const didChange = await settings.change(request.account, version, changed)
      return reply
        .said({ text: didChange ? 'Saved.' : 'Nothing had changed.' })
        .redirect('/admin/newsletter/settings', 303)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      return show(reply, { typed: fieldsOf(form.values.changed), stale: true, status: 409 })
    }
  })
}

function fieldsOf({
  daily,
  weekly,
  countClicks,
}: Pick<NewsletterSettings, 'daily' | 'weekly' | 'countClicks'>) {
  return {
    dailyOn: daily.on ? 'yes' : '',
    dailyHour: String(daily.hour),
    weeklyOn: weekly.on ? 'yes' : '',
    weeklyWeekday: String(weekly.weekday),
    weeklyHour: String(weekly.hour),
    countClicks: countClicks ? 'yes' : '',
  }
}
