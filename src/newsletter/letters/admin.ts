import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Database } from '../../foundation/database.js'
import { editors } from '../../foundation/desk.js'
import { Invalid, NotFound } from '../../foundation/errors.js'
import { limiter } from '../../foundation/limiter.js'
import type { Memory } from '../../foundation/memory.js'
import { issueContent } from './issue-content.repository.js'
import type { IssueContent, Letters, Preview } from './schema.js'
import { inScheme } from './scheme.js'
import type { TestLetters } from './test-letter.js'

export interface LetterRoomServices {
  db: Database
  memory: Memory
  letters: Letters
  sendTest: TestLetters
  siteUrl: string
}

const ById = z.object({ id: z.uuid() })
const Look = z.object({
  show: z.enum(['html', 'text']).catch('html'),
  width: z.enum(['narrow', 'wide']).catch('narrow'),
  scheme: z.enum(['light', 'dark']).catch('light'),
})

const may = { config: { may: editors } }
const HOUR = 3_600_000

/** An issue as readers will get it, before it is sent. */
export function lettersAdmin(scope: FastifyInstance, services: LetterRoomServices): void {
  const { db, memory, letters, sendTest, siteUrl } = services
  const perAccount = limiter({
    ...{ name: 'test letters', max: 20, windowMs: HOUR, memory },
    message: 'You sent yourself twenty tests within an hour. Look at the preview instead, or wait.',
  })

  scope.get('/newsletter/issues/:id/preview', may, async (request, reply) => {
    const issue = await issueOf(request)
    const model = {
      title: `Preview: ${issue.subject || 'Untitled'}`,
      path: '/admin/newsletter',
      ...{ wide: true, frames: true, issue },
      look: Look.parse(request.query),
      email: request.account.email,
      ...(await previewOf(issue)),
    }
    return reply.desk('newsletter/desk/preview', model)
  })

  scope.get('/newsletter/issues/:id/preview/page', may, async (request, reply) => {
    const { letter } = await letters.preview(await issueOf(request))
    return reply
      .framedByDesk()
      .header('content-security-policy', mailPolicy(siteUrl))
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(inScheme(letter.html, Look.parse(request.query).scheme))
  })

  scope.post('/newsletter/issues/:id/test', may, async (request, reply) => {
    const issue = await issueOf(request)
    await perAccount(request.account.id)
    await sendTest(request.account, issue)
    return reply
      .said({ text: `A test is on its way to ${request.account.email}.` })
      .redirect(`/admin/newsletter/issues/${issue.id}/preview`, 303)
  })

  async function issueOf(request: FastifyRequest): Promise<IssueContent> {
    const params = ById.safeParse(request.params)
    const issue = params.success ? await issueContent(db, params.data.id) : undefined
    if (!issue) throw new NotFound()
    return issue
  }

  /** The letter, or why there is none to show. */
  async function previewOf(issue: IssueContent): Promise<{ preview?: Preview; problem?: string }> {
    try {
      return { preview: await letters.preview(issue) }
    } catch (error) {
      if (error instanceof Invalid) return { problem: error.message }
      throw error
    }
  }
}

/** Mail carries its styles in its tags. Nothing else of it could do anything, whatever an article holds. */
function mailPolicy(siteUrl: string): string {
  return [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src ${siteUrl}`,
    "form-action 'none'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
  ].join('; ')
}
