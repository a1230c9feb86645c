import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../foundation/error-pages.js'
import type { Problem } from '../foundation/errors.js'

/** A problem as the desk shows it: in the desk's own frame, and with its menu for whoever is signed in. */
export async function sendDeskProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): Promise<FastifyReply> {
  return sendProblem(request, reply, problem, 'staff/problem', request.furniture)
}
