import { createHmac } from 'node:crypto'
import type { Clock } from '../../foundation/clock.js'
import { Busy } from '../../foundation/errors.js'
import type { Memory } from '../../foundation/memory.js'

const HALF_AN_HOUR = 30 * 60_000
const ROOM = { most: 5_000, mostOfGroup: 50 }
const UNDER_WAY = 'additions under way'
const KEPT = 'additions kept'

const arriving =
  'The same is arriving here already, sent twice or from another tab. It is kept once. Come back in a minute and see that it stands there.'

export type Additions = ReturnType<typeof openAdditions>

/**
 * What a source adds to a tip is kept once, however often it is sent in half an hour: a page that answers a form sends that form
 * again when it is loaded anew. Only keyed hashes are held for it, in memory, under a key that goes with the program.
 */
export function openAdditions({ clock, memory }: { clock: Clock; memory: Memory }) {
  const markOf = async (tipId: string, content: string): Promise<string> => {
    const key = await memory.secret('additions')
    return createHmac('sha256', key)
      .update(JSON.stringify([tipId, content]))
      .digest('base64')
  }

  return {
    /**
     * Does the work, unless it was done for the same content before.
     * @param content stands for all that came
     * @param work true where it is kept
     * @returns whether it is kept, now or since before
     * @throws Busy while the same is on its way, since it may yet fail
     */
    async once(tipId: string, content: string, work: () => Promise<boolean>): Promise<boolean> {
      const mark = await markOf(tipId, content)
      const noted = () => ({ group: tipId, value: '', ends: clock().getTime() + HALF_AN_HOUR })
      if (!(await memory.keep(UNDER_WAY, mark, noted(), ROOM))) throw new Busy(arriving)
      try {
        if (await memory.find(KEPT, mark)) return true
        const isKept = await work()
        if (isKept) await memory.keep(KEPT, mark, noted(), ROOM)
        return isKept
      } finally {
        await memory.forget(UNDER_WAY, mark)
      }
    },

    /** Forgets what was added to a tip that is gone. */
    forget: (tipId: string): Promise<void> => memory.forgetGroup(KEPT, tipId),
  }
}
