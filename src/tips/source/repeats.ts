import { createHmac } from 'node:crypto'
import type { Clock } from '../../foundation/clock.js'
import type { Memory } from '../../foundation/memory.js'

const HALF_AN_HOUR = 30 * 60_000
const ROOM = { most: 5_000 }
const KIND = 'forms answered'

/** A form as a browser sends it. */
export interface SentForm {
  /** its media type, with the boundary */
  type: string | undefined
  /** stands for all that was written and attached */
  content: string
}

export type Repeats = ReturnType<typeof openRepeats>

/**
 * The forms that were answered with a codename in the last half an hour, so that a page loaded anew, which sends its form again, makes no
 * second tip. Browsers part each form with a boundary of their own making: random, the same only where that very form is sent again.
 * Words alone would not do: whoever guessed another's could ask here whether they came, and a second source with the same would get no
 * codename. Only keyed hashes are held, in memory, under a key that goes with the program.
 */
export function openRepeats({ clock, memory }: { clock: Clock; memory: Memory }) {
  /** undefined for what has no boundary, and so nothing of its own */
  const markOf = async ({ type, content }: SentForm): Promise<string | undefined> => {
    if (!type?.startsWith('multipart/')) return undefined
    const key = await memory.secret('repeats')
    return createHmac('sha256', key)
      .update(JSON.stringify([type, content]))
      .digest('base64')
  }

  return {
    /** Notes a form whose answer has gone out. */
    async note(form: SentForm): Promise<void> {
      const mark = await markOf(form)
      if (mark) await memory.keep(KIND, mark, { value: '', ends: clock().getTime() + HALF_AN_HOUR }, ROOM)
    },

    /** Whether this very form was answered before. */
    async isOne(form: SentForm): Promise<boolean> {
      const mark = await markOf(form)
      return !!mark && !!(await memory.find(KIND, mark))
    },
  }
}
