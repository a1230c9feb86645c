import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { decrypted, isAge } from '../foundation/age.js'
import { byteReader } from '../foundation/byte-reader.js'
import { OperatorError } from '../foundation/errors.js'
import { inPlainWords } from '../foundation/system-errors.js'
import { MANIFEST, Manifest, readSums, SUMS } from './contents.js'
import { type TarEntry, tarEntries } from './tar.js'

/** Takes in the members of an archive one after the other. Whatever it throws ends the unpacking. */
export type Take = (entry: TarEntry, content: AsyncIterable<Buffer>) => Promise<void>

const LONGEST_LIST = 512 * 1_048_576
const MOST_FILES = 5_000_000

/**
 * Reads a backup from its beginning to its end and holds every byte against the list at its end.
 * @param file its path, or `-` for standard input
 * @param identities to open a sealed one, `AGE-SECRET-KEY-1…`
 * @param take gets every member but the list and the manifest
 * @returns the manifest, and members that do not count: whoever took them throws them away
 * @throws OperatorError, with a sentence for the operator, when it is damaged, cut short, sealed to another key, or no backup at all
 */
export async function unpack(
  file: string,
  identities: string[],
  take: Take,
): Promise<{ manifest: Manifest; uncounted: string[] }> {
  try {
    const { found, texts } = await takeAll(await opened(file, identities), take)
    const sums = readSums(texts.get(SUMS) ?? missing('the list of its files is missing'))
    for (const [name, hash] of sums)
      if (found.get(name) !== hash) throw new OperatorError(`${name} in it is missing or was changed`)
    const manifest = Manifest.parse(JSON.parse(texts.get(MANIFEST) ?? missing('it does not say what it is')))
    const uncounted = [...found.keys()].filter(name => !sums.has(name) && name !== SUMS)
    return { manifest, uncounted }
  } catch (error) {
    throw refusal(file, error as Error)
  }
}

async function takeAll(archive: AsyncIterable<Uint8Array>, take: Take) {
  const found = new Map<string, string>()
  const texts = new Map<string, string>()
  for await (const { content, ...entry } of tarEntries(archive)) {
    if (found.size >= MOST_FILES) throw new OperatorError('it holds more files than any backup does')
    const digest = createHash('sha256')
    const hashed = hashing(content, digest)
    if (entry.name === MANIFEST || entry.name === SUMS)
      texts.set(entry.name, await textOf(hashed, entry.size))
    else await take(entry, hashed)
    found.set(entry.name, digest.digest('hex'))
  }
  return { found, texts }
}

async function* hashing(content: AsyncIterable<Buffer>, digest: { update(chunk: Buffer): unknown }) {
  for await (const chunk of content) {
    digest.update(chunk)
    yield chunk
  }
}

async function textOf(content: AsyncIterable<Buffer>, size: number): Promise<string> {
  if (size > LONGEST_LIST) throw new OperatorError('its list of files is longer than any backup’s')
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function opened(file: string, identities: string[]): Promise<AsyncIterable<Uint8Array>> {
  const raw = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 262_144 })
  const reader = byteReader(raw)
  const beginning = await reader.upTo(64)
  const whole = (async function* () {
    yield beginning
    yield* reader.pass(Number.POSITIVE_INFINITY)
  })()
  if (!isAge(beginning)) return unzipped(whole)
  if (identities.length === 0)
    throw new OperatorError('it is sealed: name the file of the secret key with --identity')
  return unzipped(decrypted(whole, identities))
}

function unzipped(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const output = new PassThrough({ highWaterMark: 262_144 })
  // What breaks on the way is thrown at whoever reads.
  pipeline(Readable.from(content), createGunzip(), output).catch(error => output.destroy(error))
  return output
}

function missing(problem: string): never {
  throw new OperatorError(problem)
}

function refusal(file: string, error: Error): OperatorError {
  const name = file === '-' ? 'What came' : file
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new OperatorError(inPlainWords(error))
  if (code === 'ENOSPC') return new OperatorError(`The disk is full: ${error.message}`)
  if (error instanceof OperatorError || error instanceof z.ZodError) {
    const said = error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : error.message
    return new OperatorError(`${name} cannot be used as a backup: ${said}.`)
  }
  return new OperatorError(
    `${name} cannot be used as a backup: it is damaged, was cut short, or the key is another one (${error.message}).`,
  )
}
