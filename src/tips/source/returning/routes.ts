import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NotFound } from '../../../foundation/errors.js'
import { clientKey } from '../../../foundation/limiter.js'
import type { Staged } from '../../store/index.js'
import { asRefusal, type FloodDefence, Refusal } from '../flood.js'
import { fieldsOf, type Intake, intake } from '../intake.js'
import { problemWith } from '../measures.js'
import type { SourcePages } from '../pages.js'
import type { Fields } from '../schema.js'
import type { SourceService, Visit } from '../service.js'

export interface ReturningServices {
  tips: SourceService
  pages: SourcePages
  flood: FloodDefence
  /** does work on what a form brings, which is gone afterwards unless the work has kept it */
  staging(
    request: FastifyRequest,
    work: (into: Intake) => Promise<() => Promise<FastifyReply>>,
  ): Promise<FastifyReply>
}

const Batch = z.object({ batch: z.coerce.number().int().positive() })

/** What a source does who has come back: reads replies, writes more, erases, leaves. */
export function returningRoutes(scope: FastifyInstance, services: ReturningServices): void {
  const { tips, pages, flood, staging } = services

  scope.get('/tips/return', async (_request, reply) => pages.returnForm(reply))

  scope.post('/tips/return', async (request, reply) => {
    const fields = await shortForm(request)
    const visit = await enter(request, fields)
    if (visit instanceof Refusal) return pages.notSignedIn(reply, fields, visit)
    return visit ? pages.status(reply, visit) : pages.notSignedIn(reply, fields)
  })

  // For the source's script, which opens it. Asked for by a form: addresses carry no token.
  scope.post('/tips/return/parts/:batch', async (request, reply) => {
    const { batch } = found(Batch.safeParse(request.params).data)
    const reading = await tips.sealedReply((await shortForm(request)).session, batch)
    return reply.type('application/octet-stream').send(found(reading))
  })

  scope.post('/tips/return/messages', async (request, reply) =>
    staging(request, async into => {
      const { fields, sealed, hadFiles, content, refusal } = await intake(request, into)
      const visit = refusal ? await present(fields) : await enter(request, fields)
      if (visit instanceof Refusal) return () => pages.notSignedIn(reply, fields, visit)
      if (!visit) return () => pages.notSignedIn(reply, fields, refusal)
      if (refusal) return () => pages.status(reply, visit, { fields, refusal, hadFiles })
      const problem = sealed ? undefined : problemWith(fields, hadFiles)
      if (problem) return () => pages.status(reply, visit, { fields, problem, hadFiles })
      const added = await add(visit, into.staged, fields, content).catch(asRefusal)
      if (added instanceof Refusal)
        return () => pages.status(reply, visit, { fields, refusal: added, hadFiles })
      return () => (added ? pages.status(reply, added, { added: true }) : pages.notSignedIn(reply, fields))
    }),
  )

  scope.post('/tips/return/erasure', async (request, reply) => {
    const fields = await shortForm(request)
    const visit = await enter(request, fields)
    if (visit instanceof Refusal) return pages.notSignedIn(reply, fields, visit)
    if (!visit) return pages.notSignedIn(reply, fields)
    if (!fields.certain) return pages.status(reply, visit, { uncertain: true })
    await tips.erase(visit.kept.id)
    forget(reply)
    return pages.erased(reply)
  })

  scope.post('/tips/return/ending', async (request, reply) => {
    await tips.leave((await shortForm(request)).session)
    forget(reply)
    return pages.left(reply)
  })

  /** Who signs in with this form or, where it names no tip, is signed in. Only tries to come in are counted. */
  async function enter(request: FastifyRequest, fields: Fields): Promise<Visit | Refusal | undefined> {
    const { codename, lookup, source_key: sourceKey, pow: proof } = fields
    if (!codename && !lookup) return present(fields)
    try {
      await flood.returning({ network: clientKey(request.ip), proof })
      return await tips.signIn(lookup ? { lookup, sourceKey } : { codename })
    } catch (error) {
      return asRefusal(error)
    }
  }

  /** Adds what came, sealed already or not; undefined when the tip is gone. */
  async function add(
    visit: Visit,
    staged: Staged,
    { message, contact }: Fields,
    content: string,
  ): Promise<Visit | undefined> {
    if (message.trim() || contact) await staged.message(message, contact)
    return tips.add(visit, staged, content)
  }

  async function present({ session, before }: Fields): Promise<Visit | undefined> {
    return session ? tips.returning(session, before) : undefined
  }

  // Browsers do it over https only; the session is over in any case.
  function forget(reply: FastifyReply): void {
    reply.header('clear-site-data', '"cache", "cookies", "storage"')
  }
}

async function shortForm(request: FastifyRequest): Promise<Fields> {
  try {
    return await fieldsOf(request)
  } finally {
    request.raw.resume()
  }
}

function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new NotFound()
  return thing
}
