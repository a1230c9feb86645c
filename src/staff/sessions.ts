import type { Clock, Ids } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { unlessInTrouble } from '../foundation/storage-trouble.js'
import { lifetimes } from './lifetimes.js'
import { staffRepository } from './repository.js'
import type { Session, SignedIn } from './schema.js'
import { sessionsRepository } from './sessions.repository.js'
import { newToken, tokenHash } from './tokens.js'

export type Sessions = ReturnType<typeof sessions>

/** Signed-in browsers: rows on the server, of which a browser holds only the token. */
export function sessions({ db, clock, ids }: { db: Database; clock: Clock; ids: Ids }) {
  const now = () => clock().toISOString()
  const ago = (milliseconds: number) => new Date(clock().getTime() - milliseconds).toISOString()
  const alive = () => ({
    usedAfter: ago(lifetimes.unusedSession),
    createdAfter: ago(lifetimes.session),
  })

  return {
    /** Signs a browser in. @returns the token that its cookie shall hold */
    async openSession(tx: Database, accountId: string, device: string): Promise<string> {
      const token = newToken()
      await sessionsRepository(tx).removeStale(alive())
      await sessionsRepository(tx).add({
        id: ids(),
        tokenHash: tokenHash(token),
        accountId,
        device,
        now: now(),
      })
      await staffRepository(tx).seen(accountId, now())
      return token
    },

    /** Whose session it is and how far it reaches; undefined when it has ended or never was. */
    async signedIn(token: string): Promise<SignedIn | undefined> {
      const found = await sessionsRepository(db).signedIn(tokenHash(token), alive())
      if (found && found.session.lastUsed < ago(lifetimes.noteOfUse)) {
        const noted = db.transaction(async tx => {
          await sessionsRepository(tx).touch(found.session.id, now())
          await staffRepository(tx).seen(found.account.id, now())
        })
        await unlessInTrouble(noted)
      }
      return found
    },

    /** Whether the owner of a session proved to be there a short while ago. */
    isConfirmed({ session }: SignedIn): boolean {
      return session.confirmed > ago(lifetimes.confirmation)
    },

    /** Replaces a session's token when it may do more from now on. @returns the new token */
    async renewSession(tx: Database, sessionId: string): Promise<string> {
      const token = newToken()
      await sessionsRepository(tx).renew(sessionId, tokenHash(token), now())
      return token
    },

    async signOut(token: string): Promise<void> {
      await sessionsRepository(db).removeByToken(tokenHash(token))
    },

    async sessionsOf(accountId: string): Promise<Session[]> {
      return sessionsRepository(db).ofAccount(accountId, alive())
    },
  }
}
