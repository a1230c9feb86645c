import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { type Invalid, Problem } from '../foundation/errors.js'
import { refuseOtherEnds } from '../foundation/file-name.js'
import { StorageTrouble } from '../foundation/storage-trouble.js'
import type { Incoming } from './originals.js'

const MEGABYTE = 1_048_576

/** The largest file that is taken, in bytes. */
export const MOST_BYTES = 40 * MEGABYTE
const MOST_FILES = 50
// Those of what is refused by its content hear what to make of it; of two kinds of picture the content decides.
const ENDS = [
  'jpg',
  'jpeg',
  'jpe',
  'jfif',
  'png',
  'webp',
  'avif',
  'gif',
  'heic',
  'heif',
  'svg',
  'pdf',
  'tif',
  'tiff',
  'bmp',
]

/** What could not be taken, and why, in a sentence for the uploader. */
export interface Refusal {
  file: string
  problem: string
}

interface Door {
  receive(source: AsyncIterable<Buffer>): Promise<Incoming>
  drop(incoming: Incoming): Promise<void>
}

/**
 * Takes an upload apart while it arrives: each file goes to disk as it comes and is handed on before the next is read,
 * so that neither number nor size of files costs memory.
 * @param take what becomes of a file; a Problem that it throws is told to the uploader, and the next file is read
 * @returns what was refused
 */
export async function intake(
  request: FastifyRequest,
  door: Door,
  take: (incoming: Incoming, filename: string) => Promise<void>,
): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  const refuse = (file: string, problem: string) => void refusals.push({ file, problem })
  try {
    for await (const part of filesOf(request)) {
      const filename = printable(part.filename)
      if (!filename) {
        part.file.resume()
        continue
      }
      try {
        refuseOtherEnds(filename, ENDS, 'a picture')
      } catch (error) {
        part.file.resume()
        refuse(filename, (error as Invalid).message)
        continue
      }
      const incoming = await door.receive(part.file)
      if (part.file.truncated || incoming.bytes > MOST_BYTES) {
        await door.drop(incoming)
        refuse(
          filename,
          `This file is larger than ${MOST_BYTES / MEGABYTE} MB. Make it smaller, then send it.`,
        )
        continue
      }
      await take(incoming, filename).catch(error => {
        if (!(error instanceof Problem) || error instanceof StorageTrouble) throw error
        refuse(filename, error.message)
      })
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'FST_FILES_LIMIT') return asBroken(error as Error)
    refuse('', `More than ${MOST_FILES} files came at once. The first were taken; send the others again.`)
  }
  return refusals
}

function filesOf(request: FastifyRequest): AsyncIterable<MultipartFile> {
  if (!request.isMultipart()) throw new Problem(415, 'Use the form on the page; it sends files.')
  // One byte more than is taken, to know that there was more.
  const limits = { fileSize: MOST_BYTES + 1, files: MOST_FILES, fields: 20, fieldSize: 10_000, parts: 100 }
  return request.files({ limits, throwFileSizeLimit: false })
}

function printable(filename = ''): string {
  return filename.replace(/\p{C}/gu, '').trim().slice(0, 200)
}

// What the parser cannot read and what broke off on the way carries no code of the system's; a full disk does.
function asBroken(error: Error & { code?: string }): never {
  if (error instanceof Problem) throw error
  if (error.code && !/^(FST_|ECONNRESET|ERR_STREAM_PREMATURE_CLOSE)/.test(error.code)) throw error
  throw new Problem(400, 'The upload arrived broken. What came whole is in the library; send the rest again.')
}
