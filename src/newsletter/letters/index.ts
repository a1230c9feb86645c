import type { FastifyInstance } from 'fastify'
import { clicksAdmin } from '../clicks/admin.js'
import { clickRoutes } from '../clicks/routes.js'
import { clicksService } from '../clicks/service.js'
import { type LetterRoomServices, lettersAdmin } from './admin.js'
import { type LetterServices, lettersService } from './service.js'
import { type TestLetterServices, testLetters } from './test-letter.js'

type Made = 'letters' | 'clicks' | 'sendTest'
type Services = Omit<LetterServices, Made> &
  Omit<TestLetterServices, Made> &
  Omit<LetterRoomServices, Made> & { limits: boolean }

/** What issues look like in a mail program, and how often their links are opened. */
export function openLetters(scope: FastifyInstance, services: Services) {
  const clicks = clicksService(services)
  const letters = lettersService({ ...services, clicks })
  const sendTest = testLetters({ ...services, letters })
  clickRoutes(scope, { ...services, clicks })
  const pages = (inner: FastifyInstance) => {
    lettersAdmin(inner, { ...services, letters, sendTest })
    clicksAdmin(inner, { ...services, clicks })
  }
  return { letters, clicks, pages }
}
