import type { Server } from 'node:http'
import { answer, type Connection } from './foundation/connections.js'

const TICK = 2_500
const PATIENCE = 6
const BYTES = 15_360

/** What goes on: nothing between two requests, work of the program's own, or what the client does: a head or body sent, an answer fetched. */
type Part = 'idle' | 'work' | 'head' | 'body' | 'answer'

interface Watch {
  part: Part
  latest: unknown
  bytes: number
  ticks: number
}

/**
 * Closes connections that somebody holds open by sending or reading next to nothing (slowloris and its kin): a head must be whole
 * within 15 seconds; of a body, or of an answer, 1 KiB a second must pass, counted over 15 seconds. An upload may take hours at that,
 * and for what the program itself keeps waiting, no client is blamed. Between requests the server's keepAliveTimeout counts.
 * @param tooSlow the answer that is still given
 */
export function shutOutSlow(server: Server, connections: ReadonlySet<Connection>, tooSlow: string): void {
  const watches = new WeakMap<Connection, Watch>()
  const look = setInterval(() => {
    for (const connection of connections) {
      const watch = watched(connection, watches.get(connection))
      watches.set(connection, watch)
      if (watch.ticks >= PATIENCE) shutOut(connection, watch, tooSlow)
    }
  }, TICK).unref()
  server.once('close', () => clearInterval(look))
}

function watched(connection: Connection, before: Watch | undefined): Watch {
  const latest = connection[answer]
  const part = partOf(connection, before)
  const bytes = part === 'answer' ? fetched(connection) : connection.bytesRead
  const isSame = before?.part === part && before.latest === latest
  const isAtRest = part === 'idle' || part === 'work'
  if (!isSame) return { part, latest, bytes, ticks: isAtRest ? 0 : 1 }
  if (isAtRest) return before
  if (part !== 'head' && bytes - before.bytes >= BYTES) return { ...before, bytes, ticks: 0 }
  return { ...before, ticks: before.ticks + 1 }
}

function partOf(connection: Connection, before: Watch | undefined): Part {
  const latest = connection[answer]
  if (!latest) return 'head'
  const { req } = latest
  if (!req.complete) return req.readableLength >= req.readableHighWaterMark ? 'work' : 'body'
  if (!latest.writableFinished) return unsent(connection) ? 'answer' : 'work'
  if (before?.latest !== latest) return 'idle'
  const spokeAgain = before.part === 'idle' && connection.bytesRead > before.bytes
  return before.part === 'head' || spokeAgain ? 'head' : 'idle'
}

// Of bytes that are handed over at once, Node tells by nothing else how many have gone (its own socket timeout asks the same).
interface Handle {
  bytesWritten: number
  writeQueueSize: number
}
type Handled = Connection & { _handle?: Handle | null }

function unsent(connection: Handled): number {
  return connection._handle?.writeQueueSize ?? 0
}

function fetched(connection: Handled): number {
  return (connection._handle?.bytesWritten ?? 0) - unsent(connection)
}

function shutOut(connection: Connection, { part, ticks }: Watch, tooSlow: string): void {
  const isAnswering = part === 'answer' || (part === 'body' && connection[answer]?.headersSent)
  if (isAnswering || ticks > PATIENCE) return void connection.destroy()
  connection.write(tooSlow)
  connection.destroySoon()
}
