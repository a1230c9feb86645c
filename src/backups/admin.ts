import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { programFolder } from '../config.js'
import { isAgeRecipient } from '../foundation/age.js'
import { owners, type Room } from '../foundation/desk.js'
import { Conflict } from '../foundation/errors.js'
import { fileSize } from '../foundation/file-size.js'
import { readForm } from '../foundation/form.js'
import type { SiteService } from '../site/index.js'
import { problemWith } from './folder.js'
import type { BackupsService } from './service.js'
import { type BackupSettings, settingsVersion } from './settings.js'

export interface BackupRoomServices {
  backups: BackupsService
  site: SiteService
  dataDir: string
  /** Has what is asked for made at once, in whichever process does that. */
  wake(): void
}

const most = 'Choose a number from 0 to 366.'
const count = z.coerce.number(most).int(most).min(0, most).max(366, most)
const daily = 'Keep one day at the least, and at most 366.'

const SettingsForm = z
  .object({
    on: z
      .literal('yes', 'Tick the box, or leave it.')
      .optional()
      .transform(value => value === 'yes'),
    hour: z.coerce
      .number('Choose an hour.')
      .int('Choose an hour.')
      .min(0, 'Choose an hour.')
      .max(23, 'Choose an hour.'),
    folder: z.string().trim().max(1_000, 'This path is too long.').default(''),
    daily: z.coerce.number(daily).int(daily).min(1, daily).max(366, daily),
    weekly: count,
    monthly: count,
    recipients: z
      .string()
      .max(5_000, 'At most ten keys.')
      .default('')
      .transform(text => [...new Set(text.split(/[\s,]+/).filter(Boolean))])
      .refine(keys => keys.length <= 10, 'At most ten keys.')
      .refine(
        keys => keys.every(isAgeRecipient),
        'Each line must be an age public key (age1…), as age-keygen prints it. A secret key does not belong here.',
      ),
    version: z.string().max(64).default(''),
  })
  .transform(({ version, ...changed }) => ({ version, changed }))

const may = { config: { may: owners } }
const address = '/admin/backups'

/** Where owners say when backups are made, and see which there are. None can be taken out by a browser. */
export function backupRoom({ backups, site, dataDir, wake }: BackupRoomServices): Room {
  const show = async (
    reply: FastifyReply,
    {
      status = 200,
      ...shown
    }: { status?: number; typed?: object; problems?: Record<string, string>; stale?: boolean } = {},
  ) => {
    const [overview, { identity, dates }] = [await backups.overview(), await site.site()]
    const model = {
      ...{
        title: 'Backups',
        path: address,
        problems: {},
        stale: false,
        dates,
        timeZone: identity.timeZone,
        fileSize,
      },
      ...overview,
      typed: fieldsOf(overview.settings),
      ...shown,
      version: settingsVersion(overview.settings),
    }
    return reply.desk('backups/desk', model, { status })
  }

  return {
    menu: [{ label: 'Backups', path: address, may: owners }],
    open(scope: FastifyInstance) {
      scope.get('/backups', may, async (_request, reply) => show(reply))

      scope.post('/backups', may, async (request, reply) => {
        await backups.ask(request.account)
        wake()
        return reply.said({ text: 'A backup is being made.' }).redirect(address, 303)
      })

      scope.post('/backups/settings', may, async (request, reply) => {
        const form = readForm(SettingsForm, request.body)
        if (form.problems) return show(reply, { typed: form.typed, problems: form.problems, status: 422 })
        const { version, changed } = form.values
        const folder = await problemWith(changed.folder, { dataDir, programFolder })
        if (folder) return show(reply, { typed: fieldsOf(changed), problems: { folder }, status: 422 })
        try {
          const didChange = await backups.change(request.account, version, changed)
          wake()
          return reply.said({ text: didChange ? 'Saved.' : 'Nothing had changed.' }).redirect(address, 303)
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          return show(reply, { typed: fieldsOf(changed), stale: true, status: 409 })
        }
      })
    },
  }
}

function fieldsOf({ on, hour, folder, recipients, ...keep }: BackupSettings) {
  return {
    ...{ on: on ? 'yes' : '', hour: String(hour), folder, recipients: recipients.join('\n') },
    ...{ daily: String(keep.daily), weekly: String(keep.weekly), monthly: String(keep.monthly) },
  }
}
