import type { Room } from '../foundation/desk.js'
import type { SiteService } from '../site/index.js'
import { dashboardRoom } from './admin.js'
import { type DashboardServices, dashboardService } from './service.js'

/** What everybody at the desk sees first: what waits, what comes, what needs a hand. */
export function openDashboard({ site, ...services }: DashboardServices & { site: SiteService }): Room {
  return dashboardRoom(dashboardService(services), site)
}
