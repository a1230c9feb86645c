import { comparison } from './comparison.js'
import type { Copies, Copy } from './copies.js'
import { frame, show } from './dialog.js'
import { button, element } from './element.js'
import { differences, type Fields } from './fields.js'
import type { NoticeBoard } from './notices.js'
import { clockTime } from './status.js'

interface Desk {
  board: NoticeBoard
  copies: Copies
  read(): Fields
  fill(fields: Fields): void
  /** the version that the page was opened with */
  version: number
}

/** Offers what an earlier page in this browser could not save any more. */
export function offerCopy({ board, copies, read, fill, version }: Desk): void {
  const left = copies.left()
  const differing = left.filter(copy => differences(read(), { ...read(), ...copy.fields }).length > 0)
  copies.discard(left.filter(copy => !differing.includes(copy)))
  const [copy] = differing
  if (!copy) return
  const done = () => {
    copies.discard(differing)
    board.take('copy')
  }
  const restore = () => {
    fill(copy.fields)
    done()
  }
  const since = version > copy.version ? ' The article was saved since; compare before you restore.' : ''
  board.put(
    'copy',
    `This browser has a newer copy from ${clockTime(copy.at)}, which was not saved.${since}`,
    button('Compare', () => compare(copy, read(), restore)),
    button('Restore', restore),
    button('Discard', done, { class: 'quiet' }),
  )
}

function compare(copy: Copy, saved: Fields, restore: () => void): void {
  const { dialog, form, close } = frame('The copy in this browser', { wide: true })
  form.append(
    comparison(
      { name: 'Here now', fields: saved },
      { name: `Copy from ${clockTime(copy.at)}`, fields: { ...saved, ...copy.fields } },
    ),
    element(
      'p',
      { class: 'dialog-actions' },
      button('Restore', () => {
        close()
        restore()
      }),
      button('Close', close, { class: 'quiet' }),
    ),
  )
  show(dialog)
}
