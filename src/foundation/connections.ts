import { readFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export const answer = Symbol('the latest answer on a connection')
/** What `httpServer` notes on each connection with each request. */
export type Connection = Socket & { [answer]?: ServerResponse | Sent }

const whole = { complete: true, readableLength: 0, readableHighWaterMark: 1 } as const

/**
 * Stands for an answer that is over: who sent it whole needs nothing of it any more, and a request and a response that stay until
 * the next one comes outlive two collections of new objects, and are copied by each.
 */
export class Sent {
  get writableFinished(): true {
    return true
  }

  get headersSent(): true {
    return true
  }

  get req() {
    return whole
  }
}

// Each takes some ten kilobytes, and a file handle of the process.
const MOST = 8_000
// What databases, files and relays need, however many readers there are.
const HANDLES_FOR_THE_REST = 200
// How many of the oldest are looked at for one that may go: under a flood there is no time for all.
const LOOKED_AT = 100

/**
 * The connections that a server has open, each with its latest answer. When they are too many, one on which nothing goes on gives way
 * to a new one; where none does, the new one is closed. To be called before the server listens. (Not Node's `maxConnections`: workers
 * that are full would hand a connection to each other without end.)
 */
export function openConnections(
  server: Server,
  most = Math.min(MOST, handlesAllowed() - HANDLES_FOR_THE_REST),
): ReadonlySet<Connection> {
  const connections = new Set<Connection>()
  server.prependListener('connection', (connection: Socket) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    if (connections.size > most) (firstIdle(connections) ?? connection).destroy()
  })
  return connections
}

function firstIdle(connections: Iterable<Connection>): Connection | undefined {
  let looked = 0
  for (const connection of connections) {
    if (connection[answer]?.writableFinished && !connection.destroyed) return connection
    looked += 1
    if (looked === LOOKED_AT) return undefined
  }
  return undefined
}

/** How many files the system lets this process have open; without end where it does not say. (proc_pid_limits(5)) */
function handlesAllowed(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft) || Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
