import type { FastifyInstance } from 'fastify'
import { type Database, sql } from './database.js'

/** `/healthz`: the process answers. `/readyz`: so does the database (migrations ran before the server listened). */
export function registerHealth(app: FastifyInstance, db: Database): void {
  const plain = { 'cache-control': 'no-store' }
  app.get('/healthz', async (_request, reply) => reply.headers(plain).send({ status: 'up' }))
  app.get('/readyz', async (_request, reply) => {
    try {
      await db.get(sql`select 1`)
      return reply.headers(plain).send({ status: 'ready' })
    } catch {
      return reply.headers(plain).code(503).send({ status: 'database unavailable' })
    }
  })
}
