import type { ServerResponse } from 'node:http'
import { answer, type Connection } from './connections.js'

const waiting = Symbol('answers that wait behind the one that is sent')
const isOver = Symbol('nothing more is answered on it')
type Line = Connection & { [waiting]?: number; [isOver]?: true }

// Browsers send the next request once they have an answer, tools that measure a dozen or so ahead. A thousand fit into one packet, and
// all of them would be begun before anybody else is heard.
const MOST_WAITING = 16

/**
 * Counts requests that are sent without waiting for the answers before them (RFC 9112, section 9.3.2). To be asked of each request
 * before its answer is noted as the latest of its connection.
 * @returns what becomes of it: `refuse` for the first that is too many, which ends the connection, and `drop` for all after that
 */
export function placeInLine(connection: Line, response: ServerResponse): 'take' | 'refuse' | 'drop' {
  if (connection[isOver]) return 'drop'
  const before = connection[answer]
  if (!before || before.writableFinished) return 'take'
  const ahead = connection[waiting] ?? 0
  if (ahead >= MOST_WAITING) {
    connection[isOver] = true
    return 'refuse'
  }
  connection[waiting] = ahead + 1
  response.once('close', () => {
    connection[waiting] = (connection[waiting] ?? 1) - 1
  })
  return 'take'
}
