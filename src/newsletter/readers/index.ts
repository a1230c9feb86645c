import type { FastifyInstance } from 'fastify'
import { readersAdmin } from './admin.js'
import { type CareServices, careService } from './care.js'
import { readerIntake } from './intake.js'
import { type ListServices, listService } from './list.js'
import { type ReadersService, type ReadersServices, readersService } from './service.js'

export type { ReadersService } from './service.js'

type Services = Omit<CareServices, 'intake'> & ListServices & ReadersServices

/** The list of readers: its service for the shell, and its pages of the desk. */
export function openReaders(services: Services): {
  readers: ReadersService
  pages: (scope: FastifyInstance) => void
} {
  const intake = readerIntake(services)
  const readers = readersService(services)
  const list = listService(services)
  const care = careService({ ...services, intake })
  return { readers, pages: scope => readersAdmin(scope, { ...services, readers, list, care }) }
}
