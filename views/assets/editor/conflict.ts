import { comparison } from './comparison.js'
import { frame, show } from './dialog.js'
import { button, element } from './element.js'
import type { Fields } from './fields.js'
import type { NoticeBoard } from './notices.js'
import type { Conflict, Saver } from './saving.js'
import { clockTime } from './status.js'

interface Desk {
  board: NoticeBoard
  saver: Saver
  read(): Fields
  fill(fields: Fields): void
}

/** Somebody saved in between: shows both texts and lets the writer decide. Closing the dialog decides nothing. */
export function settle({ by, at, theirs, version }: Conflict, desk: Desk): void {
  const { board, saver } = desk
  const sentence = `${by} saved this article at ${clockTime(at)}, after you had opened it. Your text is kept here and nothing is overwritten.`
  const open = () => showBoth({ by, at, theirs, version }, desk, decided)
  const decided = (next: () => Promise<unknown>) => {
    board.take('conflict')
    void next()
  }
  board.put('conflict', sentence, button('Show both texts', open))
  if (!document.querySelector('dialog[open]')) open()
  saver.keepCopy()
}

function showBoth(
  { by, theirs, version }: Conflict,
  { saver, read, fill }: Desk,
  decided: (next: () => Promise<unknown>) => void,
): void {
  const mine = read()
  const { dialog, form, close } = frame('Two versions of this article', { wide: true })
  const merged = element('textarea', { id: 'merged', rows: 12, dir: 'auto' })
  merged.value = String(mine.body)
  const choose = (next: () => Promise<unknown>) => () => {
    close()
    decided(next)
  }
  const stand = async (fields: Fields | undefined) => {
    if (fields) fill(fields)
    saver.resume(version)
    await saver.save()
  }
  const takeTheirs = async () => {
    await saver.keepInHistory()
    await stand({ ...mine, ...theirs })
  }
  form.append(
    element(
      'p',
      {},
      `Of each part yours comes first, then what ${by} saved. Whichever you choose, the other stays in the history.`,
    ),
    comparison({ name: 'Yours', fields: mine }, { name: `Saved by ${by}`, fields: { ...mine, ...theirs } }),
    element(
      'p',
      { class: 'dialog-actions' },
      button(
        'Keep mine',
        choose(() => stand(undefined)),
      ),
      button('Take theirs', choose(takeTheirs), { class: 'quiet' }),
      button('Decide later', close, { class: 'quiet' }),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'Merge by hand'),
      element(
        'label',
        { for: 'merged' },
        'Your text, to work in what you want from the other; all the rest stays as yours',
      ),
      merged,
      element(
        'p',
        { class: 'dialog-actions' },
        button(
          'Save the merged text',
          choose(() => stand({ ...mine, body: merged.value })),
        ),
      ),
    ),
  )
  form.addEventListener('submit', event => event.preventDefault())
  show(dialog)
}
