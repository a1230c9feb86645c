import { z } from 'zod'
import type { Clock } from '../foundation/clock.js'
import type { Memory } from '../foundation/memory.js'
import type { Post, RelayState } from './post.js'

const Told = z.array(
  z.object({
    name: z.string(),
    connections: z.object({ busy: z.int(), open: z.int(), most: z.int() }),
    sentToday: z.int(),
    perDay: z.int().optional(),
    perMinute: z.int().optional(),
    resting: z.object({ until: z.coerce.date(), reason: z.string() }).optional(),
  }),
)

const KIND = 'relays'
const EVERY = 1_000
/** Told again before, while the process lives that gives them mail. */
const BELIEVED = 60_000

/** How relays do: told by the process that gives them mail, so that the desk's pages of all processes show the same. */
export function relayStates({ post, memory, clock }: { post: Post; memory: Memory; clock: Clock }) {
  let timer: NodeJS.Timeout | undefined
  let last = ''
  let toldAt = 0

  const tell = async (): Promise<void> => {
    const now = clock().getTime()
    const value = JSON.stringify(post.relays())
    if (value === last && now - toldAt < BELIEVED / 2) return
    ;[last, toldAt] = [value, now]
    await memory.forget(KIND, KIND)
    await memory.keep(KIND, KIND, { value, ends: now + BELIEVED }, { most: 1 })
  }

  return {
    start(): void {
      timer = setInterval(() => void tell(), EVERY).unref()
    },
    stop: (): void => clearInterval(timer),

    /** As another process told; as they are here, where none did. */
    async told(): Promise<RelayState[]> {
      const kept = await memory.find(KIND, KIND)
      return kept ? Told.parse(JSON.parse(kept.value)) : post.relays()
    },
  }
}
