import { entryName } from '../../../../src/tips/sealing/entry-name.js'
import { recipientOf } from '../keys.js'
import { type Entry, seal } from '../seal.js'
import { unlockedIdentity } from '../unlocked.js'
import { saveAs } from './files.js'
import { ownKeys } from './own-keys.js'
import { openPart } from './parts.js'

const people: Record<string, string> = { source: 'the source', reply: 'our reply', note: 'a note among us' }

/** Lets a case be taken away as one age archive, a folder for each time that somebody wrote. */
export function openArchive(page: HTMLElement): void {
  const form = page.querySelector<HTMLFormElement>('form[data-export]')
  if (!form) return
  const [told, status] = [
    form.querySelector<HTMLElement>('.error'),
    form.querySelector<HTMLElement>('[role="status"]'),
  ]
  const [button, choice] = [form.querySelector('button'), form.querySelector('select')]
  if (!told || !status || !button || !choice) return
  form.hidden = false
  form.addEventListener('submit', async event => {
    event.preventDefault()
    button.disabled = true
    told.hidden = true
    status.hidden = false
    try {
      const { entries, unopened } = await gather(page, progress => {
        status.textContent = progress
      })
      status.textContent = 'Sealing…'
      saveAs(await seal(entries, await readers(choice.value)), 'case.age')
      status.textContent = unopened
        ? `The archive was handed to your browser to save. Parts that do not open with your key are not in it: ${unopened}.`
        : 'The archive was handed to your browser to save.'
    } catch {
      status.hidden = true
      told.hidden = false
      told.textContent = 'The archive could not be made. See that your key is unlocked, then try again.'
    }
    button.disabled = false
  })
}

async function readers(choice: string): Promise<string[]> {
  if (choice === 'all') return (await ownKeys()).recipients
  return [await recipientOf(unlockedIdentity() ?? '')]
}

async function gather(
  page: HTMLElement,
  say: (progress: string) => void,
): Promise<{ entries: Entry[]; unopened: number }> {
  const entries: Entry[] = []
  const lines = [`Tip ${page.dataset.name} of ${page.dataset.day}`]
  let unopened = 0
  const batches = page.querySelectorAll<HTMLElement>('.tip-batch')
  for (const [index, batch] of batches.entries()) {
    const { kind = '', batch: number = '' } = batch.dataset
    const folder = `${number}-${kind === 'source' ? 'message' : kind}`
    lines.push('', `${folder}: ${people[kind] ?? kind}, ${batch.querySelector('time')?.dateTime}`)
    for (const part of batch.querySelectorAll<HTMLElement>('.tip-part')) {
      say(`Opening ${index + 1} of ${batches.length}…`)
      const { part: address = '', number: place = '' } = part.dataset
      const opened = await openPart(address).catch(() => undefined)
      if (!opened) {
        unopened += 1
        lines.push(`  part ${place} could not be opened`)
      }
      for (const { name, content } of opened ?? []) {
        const target = free(`${folder}/${entryName(name)}`, entries)
        entries.push({ name: target, content: new Blob([content]) })
        lines.push(`  ${target.slice(folder.length + 1)}, ${content.length} bytes`)
      }
    }
  }
  return { entries: [{ name: 'index.txt', content: `${lines.join('\n')}\n` }, ...entries], unopened }
}

// Two files of one batch may have the same name.
function free(wanted: string, entries: Entry[]): string {
  const taken = new Set(entries.map(({ name }) => name))
  for (let copy = 1; ; copy++) {
    const name = copy === 1 ? wanted : wanted.replace(/(\.[^./]*)?$/, ` (${copy})$1`)
    if (!taken.has(name)) return name
  }
}
