import type { FastifyInstance } from 'fastify'
import type { Limiter } from '../../foundation/limiter.js'
import { found, secretPage, tokenIn } from '../secret-page.js'
import type { SignUpService } from './service.js'

/**
 * Pages of the links in mails. Mail scanners open every link, so opening one does nothing.
 * @param mistakes counts who comes back, since each coming and going is noted for good
 */
export async function linkRoutes(
  scope: FastifyInstance,
  newsletter: SignUpService,
  mistakes: Limiter,
): Promise<void> {
  confirmRoutes(scope, newsletter)
  await scope.register(async inner => {
    takeAnyBody(inner)
    leaveRoutes(inner, newsletter, mistakes)
  })
}

function confirmRoutes(scope: FastifyInstance, newsletter: SignUpService): void {
  scope.get('/newsletter/confirm/:token', async (request, reply) => {
    const reader = found(await newsletter.toConfirm(tokenIn(request)), 'confirm')
    return secretPage(reply, 'confirm', { title: 'Confirm your subscription', reader })
  })
  scope.post('/newsletter/confirm/:token', async (request, reply) => {
    const reader = found(await newsletter.confirm(tokenIn(request)), 'confirm')
    if (reader.suppressed !== null)
      return secretPage(reply, 'barred', { title: 'No mail goes there', reader })
    return secretPage(reply, 'confirmed', {
      title: 'You are on the list',
      already: reader.status === 'active',
    })
  })
}

function leaveRoutes(scope: FastifyInstance, newsletter: SignUpService, mistakes: Limiter): void {
  scope.get('/newsletter/unsubscribe/:token', async (request, reply) => {
    const reader = found(await newsletter.byLink('unsubscribe', tokenIn(request)), 'leave')
    return secretPage(reply, 'leave', { title: 'Leave the newsletter', reader })
  })
  // One click (RFC 8058): whatever the body says, no cookie, no redirect.
  scope.post('/newsletter/unsubscribe/:token', async (request, reply) => {
    const reader = found(await newsletter.unsubscribe(tokenIn(request)), 'leave')
    const back = reader.confirmed !== null && reader.suppressed === null
    return secretPage(reply, 'left', { title: 'You have left the list', back: back && tokenIn(request) })
  })
  scope.post('/newsletter/unsubscribe/:token/mistake', async (request, reply) => {
    await mistakes(tokenIn(request))
    found(await newsletter.comeBack(tokenIn(request)), 'own')
    return secretPage(reply, 'confirmed', { title: 'You are on the list again', already: false, again: true })
  })
}

// RFC 8058 has mail services send urlencoded or multipart forms, and some send neither: the address alone decides, so what
// comes with it is read to its end, within the limit of all bodies, and thrown away.
function takeAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
  scope.addHook('onRequest', async ({ headers }) => {
    if (headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream'
  })
}
