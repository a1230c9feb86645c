import type { Copies } from './copies.js'
import { encoded, type Fields } from './fields.js'

/** How it stands with what was written. */
export type SaveState =
  | { kind: 'saved'; at: string; asked: boolean }
  | { kind: 'changed' | 'saving' | 'offline' | 'signed-out' | 'other-account' | 'gone' | 'full' }
  | { kind: 'trouble'; status: number }
  | { kind: 'rejected'; problems: Record<string, string> }
  | { kind: 'conflict'; conflict: Conflict }

/** Somebody saved in between: their text, and the version that stands now. */
export interface Conflict {
  version: number
  by: string
  at: string
  theirs: Fields
}

export interface Saver {
  /** Something was changed; it is kept in this browser and saved when the writer pauses. */
  changed(): void
  /** Saves now. Answers whether the server has everything. */
  save(): Promise<boolean>
  /** Leaves the saved version alone until `resume`: the writer decides between two texts. */
  resume(version: number): void
  /** Sends the text to the article's history although it is not what shall stand. */
  keepInHistory(): Promise<void>
  /** Whether there is anything that the server does not have. */
  unsaved(): boolean
  /** Keeps what is not saved in this browser, now. */
  keepCopy(): void
}

interface SaverOptions {
  form: HTMLFormElement
  copies: Copies
  read(): Fields
  tell(state: SaveState): void
  /** what else a save answers: the names of others who have the article open, the address as it stands now */
  told(answer: { others: { name: string }[]; slug: string; sent: Fields }): void
}

const pause = 1_200
const longestWait = 10_000
const retryAfter = 5_000

/** Saves as the writer pauses: one request at a time, each made to the version that the last one answered. */
export function startSaving({ form, copies, read, tell, told }: SaverOptions): Saver {
  let edits = 0
  let savedEdits = 0
  let since: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let copying: ReturnType<typeof setTimeout> | undefined
  let flight: Promise<boolean> | undefined
  let blocked = false
  let resting = false

  const version = () => Number(form.dataset.version ?? 0)
  const unsaved = () => edits !== savedEdits

  const setVersion = (number: number) => {
    form.dataset.version = String(number)
    const field = form.elements.namedItem('version')
    if (field instanceof HTMLInputElement) field.value = String(number)
  }

  const keepCopy = () => {
    clearTimeout(copying)
    copying = undefined
    if (unsaved() && !copies.keep(version(), read())) tell({ kind: 'full' })
  }

  const schedule = (delay: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void run(true), delay)
  }

  const post = (fields: Fields, carried: Record<string, string>) =>
    fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json', 'x-csrf-token': form.dataset.csrf ?? '' },
      body: encoded(fields, { version: String(version()), exact: '1', ...carried }),
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
    })

  const attempt = async (autosave: boolean): Promise<boolean> => {
    const count = edits
    const sent = read()
    since = undefined
    tell({ kind: 'saving' })
    const answer = await post(sent, autosave ? { autosave: '1' } : {}).catch(() => undefined)
    const state = await stateAfter(answer)
    if (state.kind === 'saved') {
      const { version: next, saved, ...more } = state.answer
      setVersion(next)
      savedEdits = count
      told({ ...more, sent })
      if (unsaved()) {
        keepCopy()
        tell({ kind: 'changed' })
        schedule(pause)
        return false
      }
      clearTimeout(copying)
      copies.forget()
      tell({ kind: 'saved', at: saved, asked: !autosave })
      return true
    }
    keepCopy()
    tell(state)
    blocked = state.kind === 'conflict' || state.kind === 'other-account'
    resting = state.kind === 'signed-out' || state.kind === 'gone' || state.kind === 'rejected'
    if (state.kind === 'offline' || state.kind === 'trouble') schedule(retryAfter)
    return false
  }

  const run = async (autosave: boolean): Promise<boolean> => {
    clearTimeout(timer)
    if (flight) {
      await flight
      return unsaved() || !autosave ? run(autosave) : true
    }
    if (blocked) return false
    if (autosave && !unsaved()) return true
    flight = attempt(autosave).finally(() => {
      flight = undefined
    })
    return flight
  }

  return {
    changed: () => {
      edits += 1
      since ??= Date.now()
      copying ??= setTimeout(keepCopy, 250)
      if (blocked) return
      if (!flight && !resting) tell({ kind: 'changed' })
      schedule(Math.min(pause, Math.max(0, since + longestWait - Date.now())))
    },
    save: () => run(false),
    resume: number => {
      blocked = false
      setVersion(number)
    },
    keepInHistory: async () => {
      await post(read(), {}).catch(() => undefined)
    },
    unsaved,
    keepCopy,
  }
}

type Answered =
  | Exclude<SaveState, { kind: 'saved' }>
  | {
      kind: 'saved'
      answer: { version: number; saved: string; slug: string; others: { name: string }[] }
    }

async function stateAfter(answer: Response | undefined): Promise<Answered> {
  if (!answer) return { kind: 'offline' }
  if (answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403)
    return { kind: 'signed-out' }
  if (answer.status === 404 || answer.status === 410) return { kind: 'gone' }
  const json = await answer.json().catch(() => undefined)
  if (answer.status === 200 && json) return { kind: 'saved', answer: { others: [], slug: '', ...json } }
  if (answer.status === 409 && json) return { kind: 'conflict', conflict: json }
  if (answer.status === 422 && json) return { kind: 'rejected', problems: json.problems ?? {} }
  return { kind: 'trouble', status: answer.status }
}
