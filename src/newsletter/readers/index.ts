import type { FastifyInstance } from 'fastify'
import type { Duties } from '../../foundation/duties.js'
import type { Memory } from '../../foundation/memory.js'
import { readersAdmin } from './admin.js'
import { type CareServices, careService } from './care.js'
import { importsAdmin } from './imports.admin.js'
import { type ImportServices, importsService } from './imports.js'
import { readerIntake } from './intake.js'
import { type ListServices, listService } from './list.js'
import { type ReadersService, type ReadersServices, readersService } from './service.js'

export type { ReadersService } from './service.js'

type Services = Omit<CareServices & ImportServices, 'intake' | 'log'> &
  ListServices &
  ReadersServices & { duties: Duties; memory: Memory }

/** The list of readers: its service for the shell, and its pages of the desk. */
export function openReaders(
  scope: FastifyInstance,
  services: Services,
): { readers: ReadersService; pages: (scope: FastifyInstance) => void } {
  const intake = readerIntake(services)
  const readers = readersService(services)
  const list = listService(services)
  const care = careService({ ...services, intake })
  const imports = importsService({ ...services, intake, log: scope.log })
  services.duties.add('files of readers', imports.sweeper)
  scope.addHook('onClose', () => imports.stop())
  const pages = async (inner: FastifyInstance): Promise<void> => {
    readersAdmin(inner, { ...services, readers, list, care })
    await importsAdmin(inner, { ...services, imports })
  }
  return { readers, pages: inner => void inner.register(pages) }
}
