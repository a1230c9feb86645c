import type { Readable } from 'node:stream'
import type { AuditService } from '../../audit/index.js'
import type { Database } from '../../foundation/database.js'
import type { Actor } from '../../foundation/desk.js'
import { Conflict, Invalid, NotFound } from '../../foundation/errors.js'
import { type PlacedPart, type TipStore, tipsRepository } from '../store/index.js'

export interface ResealingServices {
  db: Database
  store: TipStore
  audit: AuditService
  /** recipients that the operator named */
  operatorRecipients: string[]
}

/** Where a part stands among those of all tips. */
export type Place = Pick<PlacedPart, 'tipId' | 'batch' | 'number'>

/** A part that somebody's browser is to seal anew. */
interface BehindPart {
  tipId: string
  /** `<batch>-<number>`, as in its address */
  part: string
  /** of the ciphertext, in bytes */
  size: number
  /** whom to seal it to: everybody, and the source where it is a reply */
  recipients: string[]
}

export interface ResealingPage {
  parts: BehindPart[]
  /** after which the next page begins; undefined: that was all */
  next: Place | undefined
  /** to be sent back with each part, so that one that was sealed before another key came is refused */
  generation: number
}

export type ResealingService = ReturnType<typeof resealingService>

const PAGE = 200
const COUNTED = 2_000
// A header has about 100 bytes for each recipient.
const ROOM_FOR_HEADER = 65_536

/** Old tips for new keys: what a colleague's browser opens and seals again. The server moves ciphertext only. */
export function resealingService({ db, store, audit, operatorRecipients }: ResealingServices) {
  const { sealed } = store
  const repository = tipsRepository(store.db)

  const recipientsNow = async (): Promise<string[]> => [
    ...new Set([...operatorRecipients, ...(await repository.recipients())]),
  ]

  /** The part as it lies on the disk, where it is behind the keys of now. */
  const behind = async (part: PlacedPart, everybody: string[], generation: number, whole: boolean) => {
    const recipients = part.kind === 'reply' && part.sourceKey ? [...everybody, part.sourceKey] : everybody
    const lying = await sealed.lying(part.tipId, part).catch(absent)
    if (!lying) return undefined
    const count = lying.header?.stanzas.length ?? 0
    if (!whole && part.generation >= generation && count >= recipients.length) return undefined
    const { tipId, batch, number } = part
    return { tipId, part: `${batch}-${number}`, size: lying.size, recipients }
  }

  const page = async (after: Place | undefined, whole: boolean): Promise<ResealingPage> => {
    const [everybody, generation] = [await recipientsNow(), await repository.generation()]
    const placed = await repository.placedParts(PAGE, after)
    const parts: BehindPart[] = []
    for (const part of placed) {
      const found = await behind(part, everybody, generation, whole)
      if (found) parts.push(found)
    }
    return { parts, generation, next: placed.length === PAGE ? placed.at(-1) : undefined }
  }

  const found = async ({ tipId, batch, number }: Place): Promise<PlacedPart> => {
    const part = await repository.placedPart(tipId, batch, number)
    if (!part) throw new NotFound('There is no such part. The tip may have been erased meanwhile.')
    return part
  }

  const lyingOf = async (part: PlacedPart) => {
    const lying = await sealed.lying(part.tipId, part).catch(absent)
    if (!lying)
      throw new NotFound('The file of this part is not there. The tip may have been erased meanwhile.')
    return lying
  }

  return {
    /** A page of the parts that are not sealed to everybody. @param whole all parts, whatever they look like */
    page,

    /** How many parts, of how many tips, are behind; `isMore` when not all were looked at. */
    async outlook(): Promise<{ parts: number; tips: number; isMore: boolean }> {
      const tips = new Set<string>()
      let [parts, seen] = [0, 0]
      let next: Place | undefined
      do {
        const found = await page(next, false)
        for (const { tipId } of found.parts) tips.add(tipId)
        parts += found.parts.length
        seen += PAGE
        next = found.next
      } while (next && seen < COUNTED)
      return { parts, tips: tips.size, isMore: next !== undefined }
    },

    /** Notes in the trail that somebody begins; each single part is not noted. */
    async begin(actor: Actor): Promise<void> {
      const [recipients, { parts }] = [await recipientsNow(), await this.outlook()]
      const subject = { kind: 'tip-line', id: 'resealing', label: '' }
      const details = { parts, 'sealed to': recipients.length }
      await db.transaction(tx => audit.record(tx, actor, { action: 'began-resealing', subject, details }))
    },

    /** A part's ciphertext. @returns its tag as well, which changes with each sealing */
    async open(place: Place): Promise<{ content: Readable; size: number; tag: string }> {
      const part = await found(place)
      const { header } = await lyingOf(part)
      const { content, size } = await sealed.open(part.tipId, part)
      return { content, size, tag: tagOf(header) }
    },

    /**
     * Puts a part that was sealed anew in the place of the one before.
     * @param expected the tag of the part that was opened; @param generation of the page that named its recipients
     * @throws Conflict when part or keys changed meanwhile; Invalid when it is not the same part sealed to everybody
     */
    async replace(
      place: Place,
      {
        expected,
        generation,
        content,
      }: { expected: string; generation: number; content: AsyncIterable<Uint8Array> },
    ): Promise<string> {
      const before = await lyingOf(await found(place))
      const resealed = await sealed.reseal(content, before.size + ROOM_FOR_HEADER)
      try {
        await store.db.transaction(async tx => {
          const inside = tipsRepository(tx)
          const part = await inside.placedPart(place.tipId, place.batch, place.number)
          if (!part) throw new NotFound('The tip was erased meanwhile.')
          const lying = await lyingOf(part)
          if (tagOf(lying.header) !== expected)
            throw new Conflict('Somebody sealed this part anew meanwhile.')
          if ((await inside.generation()) !== generation) throw new Conflict(keysChanged)
          const everybody = new Set([...operatorRecipients, ...(await inside.recipients())]).size
          const expectedCount = everybody + (part.kind === 'reply' && part.sourceKey ? 1 : 0)
          if (!resealed.header || resealed.header.stanzas.length !== expectedCount)
            throw new Invalid(notEverybody)
          if (payloadOf(resealed) !== payloadOf(lying)) throw new Invalid(notTheSame)
          await resealed.replace(sealed.place(part.tipId, part), part.day)
          await inside.partResealed(part, generation)
        })
      } finally {
        await resealed.discard()
      }
      return tagOf(resealed.header)
    },
  }
}

const keysChanged = 'Keys were added or taken out meanwhile. Begin again.'
const notEverybody = 'This is no age file that is sealed to everybody who has a key now. Begin again.'
const notTheSame = 'This is not the part that stood here: its length differs. Nothing was changed.'

function tagOf(header: { digest: string } | undefined): string {
  return `"${header?.digest.slice(0, 32) ?? 'damaged'}"`
}

// The same archive has the same length whoever it is sealed to (age's STREAM adds 16 bytes to each 64 KiB).
function payloadOf({ header, size }: { header: { length: number } | undefined; size: number }): number {
  return size - (header?.length ?? 0)
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
