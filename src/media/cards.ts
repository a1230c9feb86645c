import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { unlessInTrouble } from '../foundation/storage-trouble.js'
import { type CardText, drawCard } from './card-drawing.js'
import { lane } from './lane.js'
import { loadTypeface } from './typeface.js'

// Part of each mark: a change of the drawing changes every card's address.
const LOOK = '1'
const MOST_WAITING = 40

export type Cards = ReturnType<typeof socialCards>

/**
 * Cards that other sites show of stories without a picture. Each is drawn when it is first asked for, never while
 * something is published, and kept until what it says changes.
 * @param folder of what was drawn; all in it can be drawn again
 */
export function socialCards(folder: string) {
  const easel = lane(MOST_WAITING)
  const fileOf = (id: string, text: CardText) => path.join(folder, id, `${cardMark(text)}.png`)

  const drawNew = async (id: string, text: CardText): Promise<Buffer> => {
    const file = fileOf(id, text)
    const drawn = await kept(file)
    if (drawn) return drawn
    await loadTypeface()
    const card = await drawCard(text)
    await unlessInTrouble(keep(file, card))
    return card
  }

  return {
    /**
     * The card of something, drawn if it has not been.
     * @param id of what it stands for; only its latest card is kept
     * @returns a PNG @throws Problem 503 when too many are being drawn
     */
    async of(id: string, text: CardText): Promise<Buffer> {
      return (await kept(fileOf(id, text))) ?? easel.run(() => drawNew(id, text))
    },

    idle: easel.idle,
  }
}

/** A hash of all that a card says and how it looks, for its address. */
export function cardMark({ title, section, outlet, accent }: CardText): string {
  return createHash('sha256')
    .update(JSON.stringify([LOOK, title, section, outlet, accent]))
    .digest('hex')
    .slice(0, 16)
}

async function keep(file: string, card: Buffer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  for (const old of await readdir(path.dirname(file))) await rm(path.join(path.dirname(file), old))
  await writeFile(`${file}.new`, card)
  await rename(`${file}.new`, file)
}

async function kept(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
