import type { FastifyInstance } from 'fastify'
import { type SuppressionAdminServices, suppressionsAdmin } from './admin.js'
import { type SuppressionDeskServices, suppressionDesk } from './desk.js'
import { type SuppressionTransfer, suppressionTransfer } from './transfer.js'

export type { SuppressionTransfer } from './transfer.js'

type Services = SuppressionDeskServices & Omit<SuppressionAdminServices, 'desk' | 'files'>

/** The list of addresses that get no mail, as a file and at the desk. */
export function openSuppressions(services: Services): {
  files: SuppressionTransfer
  pages: (scope: FastifyInstance) => void
} {
  const files = suppressionTransfer(services)
  const desk = suppressionDesk(services)
  return {
    files,
    pages: scope =>
      void scope.register(async inner => suppressionsAdmin(inner, { ...services, desk, files })),
  }
}
