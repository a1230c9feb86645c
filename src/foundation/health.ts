import { statfs } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Clock } from './clock.js'
import { type Database, sql } from './database.js'
import type { Duties } from './duties.js'

export interface HealthServices {
  db: Database
  /** where something is written */
  folders: string[]
  clock: Clock
  /** by this process or another one */
  duties: Pick<Duties, 'areDone'>
}

/** For so long an answer counts for whoever asks, in milliseconds: nobody keeps the database busy by asking. */
const FRESH = 1_000
/** A read that failed so long ago says nothing of now, in milliseconds. */
const JUST = 4_000

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work: each part is `ok`, or a word says what is wrong
 * (migrations ran before the server listened; that a newer program ran more of them does no harm).
 */
export function registerHealth(app: FastifyInstance, services: HealthServices): void {
  const plain = { 'cache-control': 'no-store' }
  let asked = Number.NEGATIVE_INFINITY
  let latest: Promise<Record<string, string>> = Promise.resolve({})

  app.get('/healthz', async (_request, reply) => reply.headers(plain).send({ status: 'up' }))
  app.get('/readyz', async (_request, reply) => {
    if (performance.now() - asked > FRESH) {
      asked = performance.now()
      latest = readiness(services)
    }
    const checks = await latest
    const isReady = Object.values(checks).every(state => state === 'ok')
    if (!isReady) reply.code(503).header('retry-after', '5')
    return reply.headers(plain).send({ status: isReady ? 'ready' : 'not ready', checks })
  })
}

async function readiness({ db, clock, folders, duties }: HealthServices): Promise<Record<string, string>> {
  const schema = await stateOf(async () => ((await db.get(sql`select 1 from migrations`)) ? 'ok' : 'missing'))
  const { reading, writing } = await db.condition()
  const wasJust = reading && clock().getTime() - reading.last.getTime() < JUST
  return {
    reads: wasJust ? reading.trouble : schema,
    writes: writing?.trouble ?? 'ok',
    disk: await stateOf(async () => ((await freeBytes(folders)) < FULL ? 'full' : 'ok')),
    schedule: await stateOf(async () => ((await duties.areDone()) ? 'ok' : 'nobody')),
  }
}

async function stateOf(look: () => Promise<string>): Promise<string> {
  try {
    return await look()
  } catch (error) {
    return (error as { trouble?: string }).trouble ?? 'unknown'
  }
}

/** Less than this is no room at all, in bytes. */
const FULL = 1_048_576

/** How many bytes can still be written where folders lie, at the fullest; none where no file can be made any more. */
export async function freeBytes(folders: string[]): Promise<number> {
  const disks = await Promise.all(folders.map(folder => statfs(folder)))
  return Math.min(
    ...disks.map(({ bavail, bsize, files, ffree }) => (files > 0 && ffree === 0 ? 0 : bavail * bsize)),
  )
}
