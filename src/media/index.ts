import { mkdirSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { Feature } from '../foundation/feature.js'
import { type MediaService, type MediaServices, mediaService } from './service.js'

export type { MediaPicture } from './schema.js'
export type { MediaService } from './service.js'

/** The picture library. Names of its files hold a hash of their content, so they may be kept for good. */
export function mediaFeature(services: MediaServices): Feature<MediaService> {
  return async scope => {
    mkdirSync(services.folder, { recursive: true })
    // Readers of our feeds see our pictures inside other sites' pages.
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cross-origin-resource-policy', 'cross-origin')
    })
    await scope.register(fastifyStatic, {
      root: services.folder,
      prefix: '/media/',
      index: false,
      dotfiles: 'ignore',
      decorateReply: false,
      immutable: true,
      maxAge: '1y',
    })
    return mediaService(services)
  }
}
