import { EditorView } from '@codemirror/view'
import { settle } from './conflict.js'
import { containerAt } from './containers.js'
import { browserStorage, openCopies } from './copies.js'
import { readingTime } from './counting.js'
import { element } from './element.js'
import { type Fields, fillFields, readFields } from './fields.js'
import { redraw } from './formatting.js'
import { fullScreen } from './full-screen.js'
import { openHeadlines } from './headlines.js'
import { openLibrary } from './library.js'
import { noticeBoard } from './notices.js'
import { droppedPictures, editPicture, openHeroPicker, pictureTool } from './picture-tools.js'
import { keepPresence } from './presence.js'
import { livePreview } from './preview.js'
import { markProblems } from './problems.js'
import { askForBlock } from './questions.js'
import { offerCopy } from './recovery.js'
import { type SaveState, startSaving } from './saving.js'
import { renewSession } from './session.js'
import { isRoutine, sentence } from './status.js'
import { textOf } from './text.js'
import { toolbar } from './toolbar.js'
import { stateOf, writing } from './writing.js'

const help =
  'Markdown, shown as readers will see it. Enter begins a paragraph, Shift+Enter a line. Tab moves on to the next field; in tables and lists it moves ' +
  'between cells and levels, and Escape followed by Tab leaves them. Alt+F10 goes to the toolbar.'

/** From here on a browser takes too long to lay a textarea out anew at each key; then it is filled on sending. */
const longText = 100_000

/** Makes the form of an article an editor. The textarea stays, hidden, for forms that are sent without us. */
export function openEditor(form: HTMLFormElement): void {
  const textarea = form.querySelector<HTMLTextAreaElement>('textarea#body')
  if (!textarea) return
  // Browsers put back what stood in a form before a reload; what was not saved is offered as a copy instead.
  form.reset()
  const screen = fullScreen(
    () => document.getElementById('editor'),
    on => status.speakFromToolbar(on),
  )
  const board = noticeBoard(form, () => void screen.leave())
  const preview = livePreview(form)
  const library = openLibrary(form, () => view.dispatch({ effects: redraw.of(null) }))
  const presence = keepPresence(form)
  const copies = openCopies(browserStorage(), form.dataset.account ?? '', form.dataset.article ?? '')
  const read = () => readFields(form, textOf(view.state))
  const fill = (fields: Fields) => {
    fillFields(form, fields)
    replaceText(view, String(fields.body))
    saver.changed()
  }
  const status = statusLine(form)
  const saver = startSaving({
    ...{ form, copies, read },
    tell: state => {
      status.show(state)
      if (state.kind === 'rejected') markProblems(form, state.problems)
      if (state.kind === 'saved') markProblems(form, {})
      if (state.kind === 'conflict') settle(state.conflict, { board, saver, read, fill })
      if (state.kind === 'saved') preview.refresh()
      if (state.kind === 'saved' || state.kind === 'saving') board.take('session')
      if (state.kind === 'signed-out') askToSignIn()
    },
    told: ({ others, slug, sent }) => {
      presence.show(others)
      takeSlug(form, slug, sent)
    },
  })
  const askToSignIn = () => {
    const link = element(
      'a',
      { href: '/admin/sign-in', target: '_blank', rel: 'noopener' },
      'Sign in in a new tab',
    )
    board.put(
      'session',
      'Your session has ended. Your text is kept in this browser; sign in again and come back here to save it.',
      link,
    )
  }
  const comeBack = async () => {
    if (!saver.unsaved()) return
    const session = await renewSession(form)
    if (session === 'same') await saver.save()
    if (session === 'other') status.show({ kind: 'other-account' })
  }

  const tools = toolbar({
    choosePicture: view => void pictureTool(view, library),
    toggleFullScreen: screen.toggle,
    leaveFullScreen: screen.leave,
    togglePreview: preview.toggle,
    save: () => void saver.save(),
  })
  const label = form.querySelector<HTMLLabelElement>('label[for="body"]')
  if (label) label.id ||= 'body-label'
  const view = new EditorView({
    state: stateOf(exactTextOf(textarea), [
      writing({
        picture: library.find,
        editBlock: (view, position) => {
          view.dispatch({ selection: { anchor: position } })
          const found = containerAt(view.state)
          if (found) void askForBlock(view, found.kind)
        },
        editPicture: (view, position) => void editPicture(view, library, position),
      }),
      tools.extension,
      droppedPictures(library),
      EditorView.cspNonce.of(form.dataset.nonce ?? ''),
      EditorView.contentAttributes.of({
        ...{ id: 'editor-text', 'aria-labelledby': label?.id ?? '', 'aria-describedby': 'editor-help' },
        ...{ spellcheck: 'true', autocorrect: 'on', autocapitalize: 'sentences' },
      }),
      EditorView.updateListener.of(update => {
        if (!update.docChanged) return
        const text = textOf(update.state)
        if (text.length < longText) textarea.value = text
        saver.changed()
        counts.show(text)
      }),
    ]),
  })
  tools.attach(view)
  const counts = counter(textarea.value)
  const foot = element(
    'div',
    { class: 'editor-foot' },
    element('p', { class: 'help', id: 'editor-help' }, help),
    counts.line,
  )
  tools.bar.append(status.mirror)
  textarea.after(element('div', { class: 'editor', id: 'editor' }, tools.bar, view.dom, foot))
  textarea.hidden = true
  // It explains the plain field.
  const plainHelp = document.getElementById('body-help')
  if (plainHelp) plainHelp.hidden = true
  label?.addEventListener('click', () => view.focus())

  openHeadlines(form)
  openHeroPicker(form, library)
  form.addEventListener('keydown', event => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return
    event.preventDefault()
    void saver.save()
  })
  form.addEventListener('formdata', event => event.formData.set('body', textOf(view.state)))
  form.addEventListener('input', event => {
    if (event.target instanceof Element && !event.target.closest('.editor')) saver.changed()
  })
  form.addEventListener('change', event => {
    if (event.target instanceof HTMLSelectElement) saver.changed()
  })
  offerCopy({ board, copies, read, fill, version: Number(form.dataset.version ?? 0) })
  saveBeforeLeaving(form, saver)
  window.addEventListener('online', () => void (saver.unsaved() && saver.save()))
  window.addEventListener('focus', () => void (status.needsSession() && comeBack()))
}

/** A textarea turns every line end into a line feed; a text with others comes along as JSON. */
function exactTextOf(textarea: HTMLTextAreaElement): string {
  return textarea.dataset.exact === undefined ? textarea.defaultValue : JSON.parse(textarea.dataset.exact)
}

/** Replaces what differs, so that undo brings it back and the cursor stays where it can. */
function replaceText(view: EditorView, text: string): void {
  const old = textOf(view.state)
  let start = 0
  while (start < old.length && start < text.length && old[start] === text[start]) start++
  let end = 0
  const most = Math.min(old.length, text.length) - start
  while (end < most && old.at(-end - 1) === text.at(-end - 1)) end++
  if (old !== text)
    view.dispatch({
      changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
    })
}

function counter(text: string) {
  const line = element('p', { class: 'help count', id: 'body-count' })
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = (text: string) => {
    const { words, minutes } = readingTime(text)
    line.textContent = `${words.toLocaleString('en')} ${words === 1 ? 'word' : 'words'} · ${minutes} min to read`
  }
  write(text)
  const show = (text: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => write(text), 300)
  }
  return { line, show }
}

/** The state stands in the page's own line and, for full-screen writing, at the end of the toolbar. */
function statusLine(form: HTMLFormElement) {
  const line = form.querySelector<HTMLElement>('#save-state') ?? document.getElementById('save-state')
  const mirror = element('span', { class: 'toolbar-state', role: 'status', 'aria-hidden': 'true' })
  let last: SaveState['kind'] = 'saved'
  return {
    mirror,
    // Below full-screen writing the page's own line is not there for a screen reader.
    speakFromToolbar: (on: boolean) => {
      if (on) mirror.removeAttribute('aria-hidden')
      else mirror.setAttribute('aria-hidden', 'true')
    },
    needsSession: () => last === 'signed-out' || last === 'other-account',
    show: (state: SaveState) => {
      last = state.kind
      const text = sentence(state)
      mirror.textContent = text
      if (!line) return
      for (const place of [line, mirror]) place.setAttribute('aria-live', isRoutine(state) ? 'off' : 'polite')
      line.dataset.kind = state.kind
      line.textContent = text
    },
  }
}

/** The server may have made the address readable; what was typed meanwhile stays. */
function takeSlug(form: HTMLFormElement, slug: string, sent: Fields): void {
  const field = form.elements.namedItem('slug')
  if (field instanceof HTMLInputElement && slug && field.value === sent.slug && field.value !== slug) {
    field.value = slug
    field.dispatchEvent(new Event('input'))
  }
}

type Saver = ReturnType<typeof startSaving>

/** Save saves in place; other forms of the page wait until everything is saved; leaving asks only when something is not. */
function saveBeforeLeaving(form: HTMLFormElement, saver: Saver): void {
  let leaving = false
  // Before anybody else hears of it: a question that the button asks is asked once, when the form really goes.
  document.addEventListener(
    'submit',
    async event => {
      const sent = event.target as HTMLFormElement
      const submitter = event.submitter as HTMLButtonElement | null
      if (leaving || sent.closest('dialog') || sent.method !== 'post') return
      const savesHere =
        sent === form && !submitter?.hasAttribute('formaction') && submitter?.value !== 'close'
      if (!savesHere && !saver.unsaved()) return
      event.preventDefault()
      event.stopPropagation()
      const saved = await saver.save()
      // Nobody is kept at the desk by a text that cannot be saved; this browser has it.
      if (savesHere || (!saved && sent.closest('main'))) return
      leaving = true
      sent.requestSubmit(submitter)
      leaving = false
    },
    { capture: true },
  )
  window.addEventListener('pagehide', () => saver.keepCopy())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') saver.keepCopy()
  })
  window.addEventListener('beforeunload', event => {
    if (!saver.unsaved()) return
    saver.keepCopy()
    event.preventDefault()
  })
}
