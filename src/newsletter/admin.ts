import type { FastifyInstance } from 'fastify'
import { editors, type Room } from '../foundation/desk.js'

/** The newsletter's pages of the desk: one entry of the menu, a tab for each part. */
export function newsletterRoom(parts: ((scope: FastifyInstance) => void)[]): Room {
  return {
    menu: [{ label: 'Newsletter', path: '/admin/newsletter', may: editors }],
    open: scope => {
      for (const open of parts) open(scope)
    },
  }
}
