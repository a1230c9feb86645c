import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { answer, type Connection } from './foundation/connections.js'

/** Lets a server go without leaving anybody unanswered. */
export interface Draining {
  /**
   * Takes no more connections; resolves when the last one is closed.
   * @param patience for how many milliseconds a connection may stay idle: a client that believes it to be open may be speaking just now
   */
  drain(patience: number): Promise<void>
}

const SOON = 50

/**
 * To be called before the server listens. Node's own `close` ends idle connections at once, and with them what is on its way over
 * one: here each is answered once more and told to go (RFC 9112, section 9.6).
 */
export function draining(server: Server, connections: ReadonlySet<Connection>): Draining {
  let isDraining = false

  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    if (isDraining) response.shouldKeepAlive = false
  })

  const endIdle = (): void => {
    for (const connection of connections)
      if (connection[answer]?.writableFinished !== false) connection.destroy()
  }

  return {
    async drain(patience) {
      isDraining = true
      const ending = setInterval(endIdle, Math.max(patience, SOON))
      await new Promise(resolve => NetServer.prototype.close.call(server, resolve))
      clearInterval(ending)
    },
  }
}
