import { createHash, randomBytes } from 'node:crypto'
import type { AuditService } from '../../audit/index.js'
import type { Clock } from '../../foundation/clock.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Invalid, NotFound } from '../../foundation/errors.js'
import type { ManuscriptsService, OpenManuscript } from '../desk/manuscripts.js'
import { type PreviewLink, previewLinksRepository } from './links.repository.js'

export interface PreviewLinkServices {
  db: Database
  clock: Clock
  audit: AuditService
  manuscripts: ManuscriptsService
}

export type PreviewLinksService = ReturnType<typeof previewLinksService>

const DAY = 86_400_000
const MOST_LINKS = 20

/** Secret addresses at which a working copy is shown to somebody outside, for a while. */
export function previewLinksService({ db, clock, audit, manuscripts }: PreviewLinkServices) {
  const repository = previewLinksRepository(db)
  const now = () => clock().toISOString()
  const subject = ({ article, manuscript }: OpenManuscript) => ({
    kind: 'article',
    id: article.id,
    label: manuscript.title || 'Untitled',
  })

  return {
    /**
     * Makes an address that opens for some days. The token is told once: only its hash is kept.
     * @throws NotFound unless the article is theirs to work on; Invalid when it has too many links already
     */
    async share(actor: Actor, articleId: string, days: number): Promise<{ token: string; expires: string }> {
      const open = await manuscripts.open(actor, articleId)
      // 192 bits: nobody guesses it (OWASP asks for 128).
      const token = randomBytes(24).toString('base64url')
      const expires = new Date(clock().getTime() + days * DAY).toISOString()
      await db.transaction(async tx => {
        const links = previewLinksRepository(tx)
        await links.removeExpired(now())
        if ((await links.ofArticle(articleId, now(), MOST_LINKS)).length === MOST_LINKS)
          throw new Invalid(
            `This article has ${MOST_LINKS} links that still open. Revoke some of them first.`,
          )
        await links.add({ tokenHash: hash(token), articleId, accountId: actor.id, created: now(), expires })
        await audit.record(tx, actor, {
          action: 'shared-draft',
          subject: subject(open),
          details: { expires },
        })
      })
      return { token, expires }
    },

    /** The links of an article that still open. */
    async list(articleId: string): Promise<PreviewLink[]> {
      return repository.ofArticle(articleId, now(), MOST_LINKS)
    },

    /** @throws NotFound unless the article is theirs to work on and has that link */
    async revoke(actor: Actor, articleId: string, tokenHash: string): Promise<void> {
      const open = await manuscripts.open(actor, articleId)
      await db.transaction(async tx => {
        if (!(await previewLinksRepository(tx).remove(articleId, tokenHash))) throw new NotFound()
        await audit.record(tx, actor, { action: 'revoked-draft-link', subject: subject(open) })
      })
    },

    /** What stands at a secret address. @throws NotFound when it never did, does not any more, or the draft is trash */
    async open(token: string): Promise<OpenManuscript> {
      const link = await repository.byHash(hash(token), now())
      if (!link) throw new NotFound(closed)
      const open = await manuscripts.working(db, link.articleId)
      if (open.article.trashed) throw new NotFound(closed)
      return open
    },
  }
}

const closed = 'This link has expired or was revoked. Ask whoever sent it to you for a new one.'

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
