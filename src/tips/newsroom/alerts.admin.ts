import type { FastifyInstance } from 'fastify'
import { editors } from '../../foundation/desk.js'
import { readForm } from '../../foundation/form.js'
import type { AlertsService } from './alerts.js'
import { AlertsForm } from './cases.schema.js'

const may = { config: { may: editors } }
const path = '/admin/tips/alerts'

/** Whether the newsroom is asked by mail to look at the tip line. */
export function alertsAdmin(scope: FastifyInstance, { alerts }: { alerts: AlertsService }): void {
  scope.get('/tips/alerts', may, async (_request, reply) =>
    reply.desk('tips/desk/alerts', { title: 'Daily mail', path, isOn: await alerts.isOn() }),
  )

  scope.post('/tips/alerts', may, async (request, reply) => {
    const read = readForm(AlertsForm, request.body)
    const on = !read.problems && read.values.send === 'yes'
    await alerts.turn(request.account, on)
    const text = on ? 'The mail goes out each day at seven.' : 'No mail about the tip line goes out any more.'
    return reply.said({ text }).redirect(path, 303)
  })
}
