import type { FastifyRequest } from 'fastify'
import { deviceName } from './devices.js'
import type { Browser } from './entrance.js'
import type { SessionCookie } from './session-cookie.js'

/** What a request says of the browser that sent it. */
export function browserOf(request: FastifyRequest, cookie: SessionCookie): Browser {
  return { device: deviceName(request.headers['user-agent']), mark: cookie.readMark(request) }
}
