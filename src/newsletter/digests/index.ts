import type { FastifyInstance } from 'fastify'
import type { Duties } from '../../foundation/duties.js'
import { type SettingsSection, settingsAdmin } from '../settings.admin.js'
import { type SettingsServices, settingsService } from '../settings.service.js'
import { type DigestServices, digestsService } from './service.js'

type Services = Omit<DigestServices, 'log'> &
  Omit<SettingsServices, 'digests'> & {
    duties: Duties
    /** what other parts show on the page of the settings */
    sections: SettingsSection[]
  }

/** The digests that the clock makes, and the page where editors say when. */
export function openDigests(scope: FastifyInstance, { sections, ...services }: Services) {
  const making = digestsService({ ...services, log: scope.log })
  const digests = { ...making, wake: services.duties.add('digests', making) }
  const settings = settingsService({ ...services, digests })
  const pages = (inner: FastifyInstance) => settingsAdmin(inner, { ...services, settings, digests, sections })
  return { digests, pages }
}
