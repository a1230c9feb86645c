import type { FastifyInstance } from 'fastify'
import { alertsAdmin } from './alerts.admin.js'
import type { AlertsService } from './alerts.js'
import { type CasesAdminServices, casesAdmin } from './cases.admin.js'

/** The newsroom's pages, below /admin/tips. */
export function newsroomAdmin(
  scope: FastifyInstance,
  services: CasesAdminServices & { alerts: AlertsService },
): void {
  casesAdmin(scope, services)
  alertsAdmin(scope, services)
}
