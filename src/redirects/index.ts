import type { FastifyInstance } from 'fastify'
import type { Room } from '../foundation/desk.js'
import { type Elsewhere, movedAway } from '../foundation/error-pages.js'
import { keysOf } from './addresses.js'
import { redirectsAdmin, redirectsMenu } from './admin.js'
import { importsService } from './imports.js'
import { type RedirectServices, type RedirectsService, redirectsService } from './service.js'

export interface RedirectsFeature {
  service: RedirectsService
  room: Room
  elsewhere: Elsewhere
}

/** Addresses from elsewhere, and where what stood there stands now. */
export function openRedirects(services: RedirectServices): RedirectsFeature {
  const redirects = redirectsService(services)
  const imports = importsService({ ...services, redirects })
  return {
    service: redirects,
    elsewhere: redirects.elsewhere,
    room: { menu: redirectsMenu, open: scope => redirectsAdmin(scope, { redirects, imports }) },
  }
}

/** Whether an address asks the front page what an older site's front page answered. */
export const asksOldQuestion = (url: string): boolean => /^\/+\?/.test(url) && keysOf(url).length > 1

/**
 * `/?p=123` was an article on many an older site, but it asks our front page, which answers everything: so this is
 * looked up before. Belongs into the readers' scope, before its pages.
 */
export function answerOldQuestions(
  scope: FastifyInstance,
  redirects: () => Pick<RedirectsService, 'elsewhereOfQuestion'>,
): void {
  scope.addHook('onRequest', (request, reply, done) => {
    if (!asksOldQuestion(request.url)) return done()
    movedAway(request, reply, redirects().elsewhereOfQuestion).then(moved => moved || done(), done)
  })
}
