import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import fresh from 'fresh'
import { denselyEncoded, type Encoding, encoded, preferredEncoding } from './encodings.js'
import { WholeAnswer } from './whole-answers.js'

/** A representation in one encoding, with what is sent before its bytes. */
export interface Coded {
  encoding: Encoding
  /** strong: other bytes have another one (RFC 9110, 8.8.1) */
  etag: string
  /** of the bytes that were sent until denser ones took their place */
  formerEtag?: string
  answer: WholeAnswer
  /** for those who have the bytes already */
  answerIfKnown: WholeAnswer
}

interface Described {
  /** the media type, with charset where it is text */
  type: string
  /** tells the bytes from others */
  digest?: string | undefined
  /** when what is shown last changed, ISO 8601 */
  modified?: string | undefined
  /** what is sent in every encoding; names in lower case */
  headers: Record<string, string>
}

// Below this a compressed answer saves no packet.
const WORTH_COMPRESSING = 1_024
const compressible = /^text\/|[/+](?:xml|json|javascript)\b/

// Of what the two objects, their maps and strings take beside the bytes.
const OVERHEAD = 2_048

const NOTHING = Buffer.alloc(0)

/**
 * What an address shows, as finished bytes in every encoding that somebody asked for (RFC 9110, section 8): each is made once,
 * quickly at first; brotli may be made denser later.
 */
export class Representation {
  /** as it was given, until it is put into an answer */
  #given: Buffer | undefined
  readonly #digest: string
  readonly #described: Described
  readonly #compressible: boolean
  readonly #coded = new Map<Encoding, Coded>()
  readonly #making = new Map<Encoding, Promise<Coded>>()
  #densifying: Promise<void> | undefined
  #dated: boolean
  #bytes: number
  #grown: () => void = () => {}

  constructor(body: Buffer, described: Described, before?: Representation) {
    this.#given = body
    this.#described = described
    this.#compressible = body.length >= WORTH_COMPRESSING && compressible.test(described.type)
    this.#digest = described.digest ?? digestOf(body)
    this.#dated = mayBeDated(described.modified)
    this.#bytes = OVERHEAD + body.length
    if (before && before.#digest === this.#digest) this.#inherit(before)
  }

  get #body(): Buffer {
    return this.#given ?? (this.#coded.get('identity') as Coded).answer.body
  }

  /** How much memory it takes, all encodings made so far included. */
  get bytes(): number {
    return this.#bytes
  }

  /** Tells whoever keeps it each time that it takes another amount of memory. */
  whenGrown(grown: () => void): void {
    this.#grown = grown
  }

  /** @param accepted a request's `Accept-Encoding` */
  encodingFor(accepted: string | undefined): Encoding {
    return this.#compressible ? preferredEncoding(accepted) : 'identity'
  }

  /** The bytes in an encoding, if they are made; as they are, they always are. */
  ready(encoding: Encoding): Coded | undefined {
    if (!this.#dated && mayBeDated(this.#described.modified)) this.#date()
    const coded = this.#coded.get(encoding)
    if (coded || encoding !== 'identity') return coded
    return this.#add(this.#describe(encoding, this.#body, `"${this.#digest}"`))
  }

  /** The bytes in an encoding; made once, however many wait for them. */
  async coded(encoding: Encoding): Promise<Coded> {
    const ready = this.ready(encoding)
    if (ready) return ready
    let making = this.#making.get(encoding)
    if (!making) {
      making = this.#make(encoding).finally(() => this.#making.delete(encoding))
      this.#making.set(encoding, making)
    }
    return making
  }

  /** Puts brotli's densest bytes in the place of the quick ones, where there are quick ones; once, however often it is asked. */
  async densify(): Promise<void> {
    const quick = this.#coded.get('br')
    if (!quick || quick.formerEtag) return
    this.#densifying ??= this.#makeDense(quick.etag).finally(() => {
      this.#densifying = undefined
    })
    await this.#densifying
  }

  async #makeDense(formerEtag: string): Promise<void> {
    const dense = await denselyEncoded(this.#body)
    this.#add({ ...this.#describe('br', dense, `"${this.#digest}-br11"`), formerEtag })
  }

  async #make(encoding: Encoding): Promise<Coded> {
    const etag = `"${this.#digest}-${encoding}"`
    return this.#add(this.#describe(encoding, await encoded(this.#body, encoding), etag))
  }

  #add(coded: Coded): Coded {
    const { encoding, answer } = coded
    this.#bytes += answer.body.length - (this.#coded.get(encoding)?.answer.body.length ?? -OVERHEAD)
    this.#coded.set(encoding, coded)
    if (encoding === 'identity' && this.#given) {
      this.#bytes -= this.#given.length
      this.#given = undefined
    }
    this.#grown()
    return coded
  }

  #describe(encoding: Encoding, body: Buffer, etag: string): Coded {
    const { type, headers, modified } = this.#described
    const known: string[] = []
    for (const name in headers) known.push(name, headers[name] as string)
    known.push('etag', etag)
    if (modified && this.#dated) known.push('last-modified', new Date(modified).toUTCString())
    const all = ['content-type', type, ...known, 'content-length', String(body.length)]
    if (encoding !== 'identity') all.push('content-encoding', encoding)
    const answer = new WholeAnswer(200, all, body)
    return { encoding, etag, answer, answerIfKnown: new WholeAnswer(304, known, NOTHING) }
  }

  /** Takes over what was compressed of the same bytes. */
  #inherit(before: Representation): void {
    for (const { encoding, answer, etag, formerEtag } of before.#coded.values())
      this.#add({ ...this.#describe(encoding, answer.body, etag), ...(formerEtag && { formerEtag }) })
  }

  #date(): void {
    this.#dated = true
    this.#inherit(this)
  }
}

function digestOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 27)
}

// HTTP dates count whole seconds. Within the second of a change a second change would go unseen, so the
// date is sent only once that second is over (RFC 9110, 8.8.2.2).
function mayBeDated(modified: string | undefined): boolean {
  return modified === undefined || Date.now() - Date.parse(modified) > 1_000
}

/**
 * The answer 304, where a request says that it has these bytes already (RFC 9110, 13.2); undefined where it must have them.
 * Whoever has the bytes that stood in the place of these is told to keep those.
 */
export function answerToKnowing(request: IncomingHttpHeaders, coded: Coded): WholeAnswer | undefined {
  const { etag, formerEtag, answerIfKnown } = coded
  const tag = request['if-none-match']
  if (tag === undefined && request['if-modified-since'] === undefined) return undefined
  if (tag === etag && request['cache-control'] === undefined) return answerIfKnown
  const { fields } = answerIfKnown
  const at = fields.indexOf('last-modified')
  const dated = at < 0 ? {} : { 'last-modified': fields[at + 1] }
  if (fresh(request, { ...dated, etag })) return answerIfKnown
  if (!formerEtag || !fresh(request, { etag: formerEtag })) return undefined
  const former = fields.map(part => (part === etag ? formerEtag : part))
  return new WholeAnswer(304, former, NOTHING)
}
