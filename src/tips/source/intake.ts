import { createHash } from 'node:crypto'
import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Invalid, Problem, TooLarge } from '../../foundation/errors.js'
import type { Staged } from '../store/index.js'
import { asRefusal, type Refusal } from './flood.js'
import { MOST_BYTES, MOST_CHARACTERS, MOST_FILES, TOO_MUCH } from './measures.js'
import { Fields } from './schema.js'
import { checkedAge, checkNumbers, refuseTwice, sealedNumber } from './sealed-parts.js'

const said = {
  tooMuch: TOO_MUCH,
  twice: 'A field of the form came twice or in an unknown form. Send it once, as text.',
  noFiles: 'This form takes no files. Add them on the page of your tip.',
  mixed:
    'The form came half sealed and half readable. Nothing was kept. Load the page again and send once more.',
  lateProof:
    'The proof of work came after a file, where it is too late. Nothing was kept. Load the page again and send once more.',
  broken: 'The form arrived broken and nothing was kept. Send it again.',
}

// Four bytes for each character of the longest message, and room to tell that it was longer.
const MOST_FIELD_BYTES = MOST_CHARACTERS * 4 + 1_024
// Padding makes a file longer by an eighth at most and never shorter than 16 KiB; a message is at most 200 KB.
const MOST_SEALED_BYTES = MOST_BYTES * 1.13 + 2 * 1_048_576

/** Where a form's files go while they arrive, to whom sealed ones must be sealed, and who decides whether it is let in. */
export interface Intake {
  staged: Staged
  recipients: string[]
  /** is asked once, before a file is read; throws where the form has to come again later */
  admit(proof: string): Promise<void>
}

/** What arrived: the fields, and whether the source's own device had sealed the rest. */
export interface Arrived {
  fields: Fields
  sealed: boolean
  /** whether files came, read or not */
  hadFiles: boolean
  /** stands for all that was written and attached: the same for the same */
  content: string
  /** why it was not taken, though nothing is wrong with it; then the fields are those that stood before the files */
  refusal?: Refusal | undefined
}

/**
 * Takes a form of the tip line apart while it arrives: fields in memory, files sealed one after the other, or kept as
 * they come where they are sealed already.
 * @throws TooLarge over the limits on files; Invalid for fields that came twice and for what is sealed in another way
 */
export async function intake(request: FastifyRequest, into: Intake): Promise<Arrived> {
  const seen: Seen = { sealed: false, plain: false, bytes: 0, admitted: false, files: [] }
  const values: Values = request.isMultipart() ? {} : { ...(request.body as Values) }
  const refusal = await read(request, into, values, seen).catch(asRefusal)
  const fields = parsed(values)
  const content = JSON.stringify([fields.message, fields.contact, ...seen.files])
  const arrived = { fields, sealed: seen.sealed, hadFiles: seen.sealed || seen.plain, content, refusal }
  if (refusal || !seen.sealed) return arrived
  if (seen.plain || fields.message || fields.contact) throw new Invalid(said.mixed)
  checkNumbers(into.staged.numbers())
  return arrived
}

async function read(request: FastifyRequest, into: Intake, values: Values, seen: Seen): Promise<undefined> {
  const admit = async (): Promise<void> => {
    if (seen.admitted) return
    seen.admitted = true
    await into.admit(parsed(values).pow)
  }
  if (request.isMultipart()) {
    const takeFile = async (part: Part) => {
      note(part, seen)
      if (part.filename) await admit()
      await take(part, into, seen)
    }
    await multipart(request, values, takeFile, seen).catch(asBroken)
  }
  await admit()
}

/** The fields of a form that takes no files. @throws Invalid for fields that came twice, and for files */
export async function fieldsOf(request: FastifyRequest): Promise<Fields> {
  if (!request.isMultipart()) return parsed(request.body)
  const refuse = async ({ filename, file }: Part) => {
    if (filename) throw new Invalid(said.noFiles)
    file.resume()
  }
  const values: Values = {}
  await multipart(request, values, refuse).catch(asBroken)
  return parsed(values)
}

type Part = Exclude<Multipart, { type: 'field' }>
type Values = Record<string, unknown>

/** What has arrived so far. */
interface Seen {
  sealed: boolean
  plain: boolean
  bytes: number
  /** whether the form was let in; from then on files are read */
  admitted: boolean
  /** the name of each file with a hash of what is in it */
  files: [name: string, hash: string][]
}

function note({ fieldname, filename }: Part, seen: Seen): void {
  if (fieldname === 'sealed') seen.sealed = true
  if (fieldname === 'files' && filename) seen.plain = true
}

async function take(part: Part, { staged, recipients }: Intake, seen: Seen): Promise<void> {
  const numbers = staged.numbers()
  if (part.fieldname === 'sealed') {
    const number = sealedNumber(part.filename)
    if (numbers.includes(number)) refuseTwice()
    await staged.sealed(number, checkedAge(limited(part, seen, MOST_SEALED_BYTES), recipients))
  } else if (part.fieldname === 'files' && part.filename) {
    if (numbers.length >= MOST_FILES) throw new TooLarge(said.tooMuch)
    await staged.file(part.filename, limited(part, seen, MOST_BYTES))
  } else {
    part.file.resume()
  }
}

/** A file as it is, until all that has arrived is too much. */
async function* limited({ filename, file }: Part, seen: Seen, most: number): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of file as AsyncIterable<Buffer>) {
    seen.bytes += chunk.length
    if (seen.bytes > most) throw new TooLarge(said.tooMuch)
    hash.update(chunk)
    yield chunk
  }
  seen.files.push([filename, hash.digest('base64')])
}

async function multipart(
  request: FastifyRequest,
  fields: Values,
  takeFile: (part: Part) => Promise<void>,
  seen?: Seen,
): Promise<void> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > MOST_SEALED_BYTES) throw new TooLarge(said.tooMuch)
  const limits = {
    fileSize: MOST_SEALED_BYTES + 1,
    files: MOST_FILES + 1, // the message is one where it comes sealed
    fields: 20,
    fieldSize: MOST_FIELD_BYTES,
    parts: 40,
  }
  for await (const part of request.parts({ limits }) as AsyncIterable<Multipart>) {
    if (part.type === 'field') {
      if (part.fieldname === 'pow' && seen?.admitted) throw new Invalid(said.lateProof)
      fields[part.fieldname] = part.fieldname in fields ? [fields[part.fieldname], part.value] : part.value
    } else {
      await takeFile(part)
    }
  }
}

function parsed(fields: unknown): Fields {
  const result = Fields.safeParse(fields ?? {})
  if (!result.success) throw new Invalid(said.twice)
  return result.data
}

// What the parser cannot read and what broke off on the way carries no code of the system's; a full disk does.
function asBroken(error: NodeJS.ErrnoException): never {
  if (error instanceof Problem || (error.code && error.code !== 'ECONNRESET')) throw error
  throw new Problem(400, said.broken)
}
