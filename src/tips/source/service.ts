import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Database } from '../../foundation/database.js'
import { Conflict, Invalid } from '../../foundation/errors.js'
import { keptUntil, type Part, type Staged, type Tip, type TipStore, tipsRepository } from '../store/index.js'
import type { Additions } from './additions.js'
import { type Derivation, hashedLookup } from './codename.js'
import { couldBeCodename, newCodename } from './codename-scheme.js'
import { isRecipient } from './identity.js'
import { openReply } from './replies.js'
import { Lookup } from './schema.js'
import type { Session, Sessions } from './sessions.js'

export interface SourceServices {
  store: TipStore
  derive: Derivation
  sessions: Sessions
  additions: Additions
  /** recipients that the operator named */
  operatorRecipients: string[]
}

/** What a source comes back with: the codename as typed here, or what their own browser derived from it. */
export type Proof = { codename: string } | { lookup: string; sourceKey: string }

/** A tip as its source sees it again. */
export interface Kept extends Pick<Tip, 'id' | 'day' | 'lastDay' | 'pinned'> {
  /** how often the source wrote, and how many files came with it */
  messages: number
  files: number
  /** each time that the source wrote, the latest last */
  sent: { day: string; text: boolean; files: number }[]
  /** the latest replies, the latest last */
  replies: Reply[]
  /** the batch before which more replies stand */
  earlier: number | undefined
  /** the last day on which it is kept for certain to be shredded after it, unless somebody writes or it is pinned */
  keptUntil: string
}

export interface Reply {
  batch: number
  day: string
  /** undefined when only the source's own browser can open it, null when it cannot be opened at all */
  text: string | null | undefined
}

/** A source who is signed in, before their tip. */
export interface Visit {
  session: Session
  kept: Kept
}

export type SourceService = ReturnType<typeof sourceService>

const MOST_REPLIES = 30
const MOST_SENT = 100

const said = {
  taken:
    'A tip with this codename is here already. Nothing was kept. Load the page again and send once more.',
  malformed:
    'What should come with the sealed parts is missing or malformed. Nothing was kept. Load the page again and send once more.',
}

export function sourceService({ store, derive, sessions, additions, operatorRecipients }: SourceServices) {
  const { db, sealed } = store
  const repository = tipsRepository(db)

  const receive = async (staged: Staged, lookup: string, sourceKey: string): Promise<void> => {
    const day = await store.today()
    // Random, unlike other ids here: a UUIDv7 would hold the millisecond.
    const tipId = randomBytes(16).toString('hex')
    let taken: Tip | undefined
    const enter = async (tx: Database): Promise<boolean> => {
      taken = await tipsRepository(tx).byLookup(lookup)
      if (!taken) await tipsRepository(tx).add({ id: tipId, day, sourceKey }, lookup)
      return !taken
    }
    await store.keep({ tipId, kind: 'source', day, staged, enter })
    // Nobody else has this lookup id: with the same key it is the same tip, sent again since the first answer was lost on the way.
    if (taken && taken.sourceKey !== sourceKey) throw new Conflict(said.taken)
  }

  /** The tip that a proof leads to, with its key where it was made here. The caller erases the key. */
  const prove = async (proof: Proof): Promise<{ tip: Tip; identity?: Buffer } | undefined> => {
    if ('lookup' in proof) {
      const lookup = Lookup.safeParse(proof.lookup)
      const tip = lookup.success && (await repository.byLookup(hashedLookup(lookup.data)))
      if (!tip) return undefined
      if (!tip.sourceKey && (await isRecipient(proof.sourceKey)))
        await repository.giveSourceKey(tip.id, proof.sourceKey)
      return { tip }
    }
    if (!couldBeCodename(proof.codename)) return undefined
    const { lookup, identity, sourceKey } = await derive(proof.codename)
    const tip = await repository.byLookup(lookup)
    if (!tip) return void identity.fill(0)
    if (!tip.sourceKey) await repository.giveSourceKey(tip.id, sourceKey)
    return { tip, identity }
  }

  const opened = async (tipId: string, { batch, day }: Part, identity?: Buffer): Promise<Reply> => {
    if (!identity) return { batch, day, text: undefined }
    const part = await reply(tipId, batch)
    const text = part && (await openReply(part, identity))
    return { batch, day, text: text ?? null }
  }

  const reply = (tipId: string, batch: number): Promise<{ content: Readable; size: number } | undefined> =>
    sealed.open(tipId, { batch, number: 0, kind: 'reply' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })

  /** @param before only replies of earlier batches */
  const describe = async (tip: Tip, identity: Buffer | undefined, before = Infinity): Promise<Kept> => {
    const parts = await repository.parts(tip.id)
    const sent = sentIn(parts.filter(part => part.kind === 'source'))
    const replies = parts.filter(part => part.kind === 'reply' && part.batch < before)
    const shown = replies.slice(-MOST_REPLIES)
    const settings = await repository.settings()
    return {
      ...tip,
      messages: sent.length,
      files: sent.reduce((sum, { files }) => sum + files, 0),
      sent: sent.slice(-MOST_SENT),
      replies: await inTurn(shown, part => opened(tip.id, part, identity)),
      earlier: replies.length > shown.length ? shown[0]?.batch : undefined,
      keptUntil: keptUntil({ ...tip, pinned: false }, settings) ?? tip.lastDay,
    }
  }

  const visit = async (session: Session, before?: number): Promise<Visit | undefined> => {
    const tip = await repository.byId(session.tipId)
    if (!tip) {
      await sessions.endAllOf(session.tipId)
      return undefined
    }
    const identity = session.identity?.()
    try {
      return { session, kept: await describe(tip, identity, before) }
    } finally {
      identity?.fill(0)
    }
  }

  return {
    /** To whom tips are sealed now; nobody means that the tip line is closed. */
    async recipients(): Promise<string[]> {
      return [...new Set([...operatorRecipients, ...(await repository.recipients())])]
    },

    /** A place for what a source is about to send. */
    stage: (recipients: string[]): Staged => sealed.stage(recipients),

    /**
     * Keeps what was staged as a new tip.
     * @returns the codename, which nobody can tell again
     */
    async receive(staged: Staged): Promise<string> {
      const codename = newCodename()
      const { lookup, identity, sourceKey } = await derive(codename)
      identity.fill(0)
      await receive(staged, lookup, sourceKey)
      return codename
    },

    /**
     * Keeps what a source's own browser had sealed as a new tip; their codename never comes here.
     * @throws Invalid when the lookup id or the key is malformed; Conflict when a tip goes by it already
     */
    async receiveSealed(staged: Staged, sent: { lookup: string; sourceKey: string }): Promise<void> {
      const lookup = Lookup.safeParse(sent.lookup)
      const whole = lookup.success && staged.numbers().includes(0) && (await isRecipient(sent.sourceKey))
      if (!whole) throw new Invalid(said.malformed)
      await receive(staged, hashedLookup(lookup.data), sent.sourceKey)
    },

    /**
     * Opens a session for who proves to be the source of a tip. A tip from before sources had keys gets its own.
     * @returns what the source sees; undefined when the proof leads to no tip
     */
    async signIn(proof: Proof): Promise<Visit | undefined> {
      const proven = await prove(proof)
      if (!proven) return undefined
      const { tip, identity } = proven
      try {
        const session = await sessions.begin(tip.id, identity)
        return { session, kept: await describe(tip, identity) }
      } finally {
        identity?.fill(0)
      }
    },

    /** Who comes with the token of a live session. @param before only replies of earlier batches */
    async returning(token: string, before?: number): Promise<Visit | undefined> {
      const session = await sessions.find(token)
      return session && visit(session, before)
    },

    /** A reply as it lies here, for the source's browser to open; undefined when there is none. */
    async sealedReply(token: string, batch: number): Promise<Readable | undefined> {
      const session = await sessions.find(token)
      return session && (await reply(session.tipId, batch))?.content
    },

    /**
     * Adds what was staged to the source's tip, which is new to the newsroom again; once, if it comes several times.
     * @param content stands for what was staged, whatever it was sealed with
     */
    async add({ session }: Visit, staged: Staged, content: string): Promise<Visit | undefined> {
      const { tipId } = session
      const enter = async (tx: Database): Promise<boolean> => {
        if (!(await tipsRepository(tx).byId(tipId))) return false
        await tipsRepository(tx).setState(tipId, 'new')
        return true
      }
      const day = await store.today()
      const keep = () => store.keep({ tipId, kind: 'source', day, staged, enter })
      return (await additions.once(tipId, content, keep)) ? visit(session) : undefined
    },

    /** Erases a tip and all that came with it. */
    async erase(tipId: string): Promise<void> {
      await sessions.endAllOf(tipId)
      await additions.forget(tipId)
      await store.shred(tipId)
    },

    /** Ends a session. */
    leave: (token: string): Promise<void> => sessions.end(token),
  }
}

function sentIn(parts: Part[]): Kept['sent'] {
  const batches = new Map<number, Kept['sent'][number]>()
  for (const { batch, number, day } of parts) {
    const sent = batches.get(batch) ?? { day, text: false, files: 0 }
    if (number === 0) sent.text = true
    else sent.files += 1
    batches.set(batch, sent)
  }
  return [...batches.values()]
}

async function inTurn<From, To>(list: From[], work: (item: From) => Promise<To>): Promise<To[]> {
  const done: To[] = []
  for (const item of list) done.push(await work(item))
  return done
}
