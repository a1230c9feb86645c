import { z } from 'zod'
import { OperatorError } from '../foundation/errors.js'
import { isPlace } from './tar.js'

/** The last two members of an archive: what it is, and what belongs to it. `sha256sum -c SHA256SUMS` reads the second as well. */
export const MANIFEST = 'handpress-backup.json'
export const SUMS = 'SHA256SUMS'

export const Manifest = z.object({
  format: z.literal(1, 'it was made by a newer version of Handpress'),
  /** version of the program that made it */
  program: z.string(),
  /** what was acknowledged before this instant is in it */
  begun: z.iso.datetime(),
  site: z.string(),
  files: z.int(),
  bytes: z.number(),
  /** whether the newsroom's own secret key is in it, if it lay on the machine */
  withKey: z.boolean(),
  /** files that rows name, but that were not there any more */
  missing: z.array(z.string()),
  /** files whose names are too long for the archive */
  leftOut: z.array(z.string()),
})
export type Manifest = z.infer<typeof Manifest>

/** SHA-256 in hex by the name of each member that counts. */
export type Sums = Map<string, string>

export function* writeSums(sums: Sums): Generator<string> {
  for (const [name, hash] of sums) yield `${hash}  ${name}\n`
}

/** @throws OperatorError when a line is none */
export function readSums(text: string): Sums {
  const sums: Sums = new Map()
  for (const line of text.split('\n').slice(0, -1)) {
    const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    if (!hash || !name || !isPlace(name)) throw new OperatorError('its list of files was changed')
    sums.set(name, hash)
  }
  return sums
}
