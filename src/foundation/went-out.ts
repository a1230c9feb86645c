import type { FastifyReply } from 'fastify'

/**
 * Calls back once an answer has gone out whole to a client who was still there. Who has closed their half of the line may be waiting
 * (RFC 9112, section 9.6) or gone; they count as gone.
 */
export function onceWentOut({ raw, request }: FastifyReply, work: () => void): void {
  const { socket } = request.raw
  raw.once('finish', () => {
    if (!socket.destroyed && !socket.readableEnded) work()
  })
}
