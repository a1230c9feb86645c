import { settle } from './conflict.js'
import { browserStorage, openCopies } from './copies.js'
import { type Fields, fillFields, readFields, takeSlug } from './fields.js'
import { redraw } from './formatting.js'
import { fullScreen } from './full-screen.js'
import { openHeadlines } from './headlines.js'
import { saveBeforeLeaving } from './leaving.js'
import { openLibrary } from './library.js'
import { noticeBoard } from './notices.js'
import { openHeroPicker, pictureTool } from './picture-tools.js'
import { keepPresence } from './presence.js'
import { livePreview } from './preview.js'
import { markProblems } from './problems.js'
import { offerCopy } from './recovery.js'
import { type Saver, type SaveState, startSaving } from './saving.js'
import { askToSignIn, renewSession } from './session.js'
import { statusLine } from './status-line.js'
import { replaceText, textOf } from './text.js'
import { openTextField } from './text-field.js'
import { toolbar } from './toolbar.js'

/** Makes the form of an article an editor: the text, what belongs to it, and saving as one writes. */
export function openEditor(form: HTMLFormElement): void {
  const textarea = form.querySelector<HTMLTextAreaElement>('textarea#body')
  if (!textarea) return
  // Browsers put back what stood in a form before a reload; what was not saved is offered as a copy instead.
  form.reset()
  const status = statusLine(form)
  const screen = fullScreen(() => document.getElementById('editor'), status.speakFromToolbar)
  const board = noticeBoard(form, () => void screen.leave())
  const preview = livePreview(form)
  const library = openLibrary(form, () => view.dispatch({ effects: redraw.of(null) }))
  const copies = openCopies(browserStorage(), {
    account: form.dataset.account ?? '',
    article: form.dataset.article ?? '',
    keys: (form.dataset.copies ?? '').split(' '),
  })
  const presence = keepPresence(form)
  const read = () => readFields(form, textOf(view.state))
  const fill = (fields: Fields) => {
    fillFields(form, fields)
    replaceText(view, String(fields.body))
    saver.changed()
  }
  const tell = (state: SaveState) => {
    status.show(state)
    if (state.kind === 'rejected') markProblems(form, state.problems)
    if (state.kind === 'conflict') settle(state.conflict, { board, saver, read, fill })
    if (state.kind === 'signed-out') askToSignIn(board)
    if (state.kind !== 'saved') return
    markProblems(form, {})
    preview.refresh()
    board.take('session')
  }
  const saver = startSaving({
    ...{ form, copies, read, tell },
    told: ({ others, slug, sent }) => {
      presence.show(others)
      takeSlug(form, slug, sent)
    },
  })
  const tools = toolbar({
    choosePicture: view => void pictureTool(view, library),
    toggleFullScreen: screen.toggle,
    leaveFullScreen: screen.leave,
    togglePreview: preview.toggle,
    save: () => void saver.save(),
  })
  const view = openTextField({ form, textarea, library, tools, changed: () => saver.changed() })
  tools.bar.append(status.mirror)
  openHeadlines(form)
  openHeroPicker(form, library)
  followForm(form, saver)
  offerCopy({ board, copies, read, fill, version: Number(form.dataset.version ?? 0) })
  saveBeforeLeaving(form, saver)
  window.addEventListener('focus', async () => {
    if (!status.needsSession() || !saver.unsaved()) return
    const session = await renewSession(form)
    if (session === 'same') await saver.save()
    if (session === 'other') status.show({ kind: 'other-account' })
  })
}

/** Saves after changes outside of the text, by Ctrl+S in any field, and when a lost connection is back. */
function followForm(form: HTMLFormElement, saver: Saver): void {
  form.addEventListener('input', event => {
    if (event.target instanceof Element && !event.target.closest('.editor')) saver.changed()
  })
  form.addEventListener('keydown', event => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return
    event.preventDefault()
    void saver.save()
  })
  window.addEventListener('online', () => void (saver.unsaved() && saver.save()))
}
