import type { FastifyInstance } from 'fastify'
import { type IssuesAdminServices, issuesAdmin } from './admin.js'
import { issueArchive } from './archive.js'
import { ordering } from './ordering.js'
import { issueRoutes } from './routes.js'
import { type SendingServices, sendingService } from './sending.js'
import { type WritingServices, writingService } from './writing.js'

type Services = Omit<SendingServices, 'log'> &
  WritingServices &
  Pick<IssuesAdminServices, 'delivery' | 'offered'>

/** Issues: written at the desk, sent by hand or by the clock, kept in the archive. */
export function openIssues(scope: FastifyInstance, services: Services) {
  const writing = writingService(services)
  const sending = sendingService({ ...services, log: scope.log })
  const archive = issueArchive(services)
  issueRoutes(scope, { ...services, archive })
  const pages = (inner: FastifyInstance) => issuesAdmin(inner, { ...services, writing, sending })
  const order = ordering({ ...services, sending, writing })
  return { writing, sending, archive, order, pages }
}

export type Issues = Omit<ReturnType<typeof openIssues>, 'pages'>
