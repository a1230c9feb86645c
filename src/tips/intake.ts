import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Invalid, Problem, TooLarge } from '../foundation/errors.js'
import { Fields, MOST_BYTES, MOST_CHARACTERS, MOST_FILES } from './schema.js'
import type { Staged } from './sealed-store.js'

const tooMuch =
  'The files are larger than 100 MB together, or more than ten. Nothing was kept. Send them in several tips.'

// Four bytes for each character of the longest message, and room to tell that it was longer.
const MOST_FIELD_BYTES = MOST_CHARACTERS * 4 + 1_024

/**
 * Takes a form of the tip line apart while it arrives: fields in memory, files sealed one after the other.
 * @returns the fields; the files are in `staged`
 * @throws TooLarge over the limits on files; Invalid for fields that came twice
 */
export async function intake(request: FastifyRequest, staged: Staged): Promise<Fields> {
  const fields = request.isMultipart() ? await multipart(request, staged).catch(asBroken) : request.body
  const parsed = Fields.safeParse(fields ?? {})
  if (!parsed.success)
    throw new Invalid('A field of the form came twice or in an unknown form. Send it once, as text.')
  return parsed.data
}

async function multipart(request: FastifyRequest, staged: Staged): Promise<Record<string, unknown>> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > MOST_BYTES + 2 * 1_048_576) throw new TooLarge(tooMuch)
  const fields: Record<string, unknown> = {}
  let total = 0
  const withinLimit = (size: number) => {
    total += size
    return total <= MOST_BYTES
  }
  const limits = {
    fileSize: MOST_BYTES + 1,
    files: MOST_FILES,
    fields: 20,
    fieldSize: MOST_FIELD_BYTES,
    parts: 40,
  }
  for await (const part of request.parts({ limits }) as AsyncIterable<Multipart>) {
    if (part.type === 'field') {
      fields[part.fieldname] = part.fieldname in fields ? [fields[part.fieldname], part.value] : part.value
    } else if (part.fieldname === 'files' && part.filename) {
      await staged.file(part.filename, limited(part.file, withinLimit))
    } else {
      part.file.resume()
    }
  }
  return fields
}

// What the parser cannot read and what broke off on the way carries no code of the system's; a full disk does.
function asBroken(error: NodeJS.ErrnoException): never {
  if (error instanceof Problem || (error.code && error.code !== 'ECONNRESET')) throw error
  throw new Problem(400, 'The form arrived broken and nothing was kept. Send it again.')
}

/** The stream as it is, until `allows` says that a chunk is too much. */
async function* limited(
  source: AsyncIterable<Buffer>,
  allows: (size: number) => boolean,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    if (!allows(chunk.length)) throw new TooLarge(tooMuch)
    yield chunk
  }
}
