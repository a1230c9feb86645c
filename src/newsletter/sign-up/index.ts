import type { FastifyInstance } from 'fastify'
import type { Duties } from '../../foundation/duties.js'
import { limiter, unlimited } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import type { Ring } from '../../foundation/secret.js'
import { type AllowanceServices, allowanceService } from './allowance.js'
import { type ConfirmationServices, confirmations } from './confirmations.js'
import { type EnrolmentServices, enrolment } from './enrolment.js'
import { fillTime } from './fill-time.js'
import { linkRoutes } from './link.routes.js'
import { reception } from './reception.js'
import { type SignUpRouteServices, signUpRoutes } from './routes.js'
import { type SignUpServices, signUpService } from './service.js'
import { waitingService } from './waiting.js'

type Services = SignUpServices &
  AllowanceServices &
  Omit<EnrolmentServices, 'allowance' | 'waiting' | 'confirmations'> &
  ConfirmationServices &
  Pick<SignUpRouteServices, 'offered' | 'countsClicks'> & { ring: Ring; duties: Duties; memory: Memory }

/** How readers come onto the list and leave it: the form, the links in mails, and what waits while too many sign up. */
export async function openSignUp(scope: FastifyInstance, services: Services) {
  const made = { allowance: allowanceService(services), confirmations: confirmations(services) }
  const waiting = waitingService({ ...services, ...made, log: scope.log })
  const signUp = signUpService(services)
  const atTheDoor = reception({
    ...{ ...services, ...made, waiting, log: scope.log },
    enrolment: enrolment({ ...services, ...made, waiting }),
  })
  services.duties.add('sign-ups that wait', waiting)
  signUpRoutes(scope, { ...services, reception: atTheDoor, fillTime: fillTime(services) })
  const mistakes = services.limits
    ? limiter({ name: 'returns to the list', max: 20, windowMs: 3_600_000, memory: services.memory })
    : unlimited
  await linkRoutes(scope, signUp, mistakes)
  return { signUp, reception: atTheDoor, waiting, allowance: made.allowance }
}
