import type { FastifyInstance, FastifyReply } from 'fastify'
import { Token } from '../schema.js'
import type { DoorServices } from './setup.js'

interface Params {
  Params: { token: string }
}

/** The door at which somebody proves that a new address is theirs. Looking changes nothing: mail scanners look. */
export function confirmEmailDoor(scope: FastifyInstance, { staff }: Pick<DoorServices, 'staff'>): void {
  scope.get<Params>('/confirm-email/:token', async (request, reply) => {
    const { token } = request.params
    const email = Token.safeParse(token).success && (await staff.newEmailOf(token))
    if (!email) return closed(reply)
    return reply.page(
      'staff/confirm-email',
      { title: 'Confirm your address', token, email },
      { cache: 'secret' },
    )
  })

  scope.post<Params>('/confirm-email/:token', async (request, reply) => {
    const { token } = request.params
    if (!Token.safeParse(token).success || !(await staff.confirmEmail(token))) return closed(reply)
    return reply.page('staff/email-changed', { title: 'Your address was changed' }, { cache: 'secret' })
  })

  function closed(reply: FastifyReply): Promise<FastifyReply> {
    const model = { title: 'This link does not open', kind: 'email' }
    return reply.page('staff/link-closed', model, { cache: 'secret', status: 404 })
  }
}
