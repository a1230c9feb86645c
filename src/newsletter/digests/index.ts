import type { FastifyInstance } from 'fastify'
import { type SettingsSection, settingsAdmin } from '../settings.admin.js'
import { type SettingsServices, settingsService } from '../settings.service.js'
import { type DigestServices, digestsService } from './service.js'

type Services = Omit<DigestServices, 'log'> &
  Omit<SettingsServices, 'digests'> & {
    /** what other parts show on the page of the settings */
    sections: SettingsSection[]
  }

/** The digests that the clock makes, and the page where editors say when. */
export function openDigests(scope: FastifyInstance, { sections, ...services }: Services) {
  const digests = digestsService({ ...services, log: scope.log })
  scope.addHook('onListen', async () => digests.start())
  scope.addHook('onClose', () => digests.stop())
  const settings = settingsService({ ...services, digests })
  const pages = (inner: FastifyInstance) => settingsAdmin(inner, { ...services, settings, digests, sections })
  return { digests, pages }
}
