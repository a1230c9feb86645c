import { createHash, randomBytes } from 'node:crypto'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { createDates, type Dates } from '../../foundation/dates.js'

/** All that the source's door knows of the paper it stands in. */
export const Nameplate = z.object({
  name: z.string().default('The newsroom'),
  /** BCP 47 */
  language: z.string().default('en'),
  direction: z.enum(['ltr', 'rtl']).default('ltr'),
  /** IANA name */
  timeZone: z.string().default('UTC'),
  /** a finished style block of the paper's own colour */
  accent: z
    .string()
    .regex(/^[^<]*$/)
    .optional(),
})
export type Nameplate = z.infer<typeof Nameplate>

/** What the pages of the tip line stand in. */
export interface TipFurniture {
  identity: Pick<Nameplate, 'name' | 'language'>
  direction: Nameplate['direction']
  dates: Dates
  accent: { text: string; hash: string } | undefined
}

export type NameplateFile = ReturnType<typeof nameplateFile>

/**
 * `nameplate.json` beside the tip line's database: the program that knows the paper writes it, the source's door, which
 * may be a process that can open nothing else, reads it.
 */
export function nameplateFile(folder: string) {
  const file = path.join(folder, 'nameplate.json')
  let known: { version: string; furniture: TipFurniture } | undefined

  return {
    /** Renamed into place, so that no reader sees half of it; left alone where it says the same already. */
    async write(nameplate: Nameplate): Promise<void> {
      const text = JSON.stringify(nameplate)
      if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
      const unfinished = `${file}.${randomBytes(8).toString('hex')}.part`
      await writeFile(unfinished, text, { mode: 0o600 })
      await rename(unfinished, file)
    },

    /** The nameplate as pages need it, read again when the file is another; a neutral one where there is none. */
    async furniture(): Promise<TipFurniture> {
      const version = await versionOf(file)
      // Where the file cannot be looked at for now, it is the one that it was.
      if (!known || (version !== undefined && known.version !== version))
        known = { version: version ?? 'unknown', furniture: await read(file) }
      return known.furniture
    },
  }
}

async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : undefined
  }
}

async function read(file: string): Promise<TipFurniture> {
  try {
    return furnitureOf(Nameplate.parse(JSON.parse(await readFile(file, 'utf8'))))
  } catch {
    return furnitureOf(Nameplate.parse({}))
  }
}

function furnitureOf({ name, language, direction, timeZone, accent }: Nameplate): TipFurniture {
  const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
  return {
    identity: { name, language },
    direction,
    dates: createDates(language, timeZone),
    accent: accent === undefined ? undefined : { text: accent, hash: hash(accent) },
  }
}
