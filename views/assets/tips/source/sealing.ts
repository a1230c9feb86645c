import { entryName } from '../../../../src/tips/sealing/entry-name.js'
import { MOST_BYTES, MOST_FILES, problemWith, TOO_MUCH } from '../../../../src/tips/source/measures.js'
import { type Entry, seal } from '../seal.js'
import { Unsent } from './forms.js'
import { siteOn } from './pages.js'

/** What a source wrote and chose. */
export interface Written {
  message: string
  contact: string
  files: File[]
}

/** A sealed part, by the name under which the server takes it. */
export interface SealedPart {
  name: string
  content: Blob
}

/** Seals a text and a file to the newsroom's keys on this page, for nobody. @throws where this browser cannot */
export async function proveSealing(): Promise<void> {
  const tried: Entry[] = [
    { name: 'message.txt', content: 'A first try' },
    { name: entryName('try.txt'), content: new File(['A first try'], 'try.txt') },
  ]
  await seal(tried, siteOn(document).recipients)
}

/**
 * What stands in a form.
 * @param filesSuffice files may come without a text
 * @throws Unsent where the server would refuse it
 */
export function writtenIn(form: HTMLFormElement, filesSuffice: boolean): Written {
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement | null
  const written = {
    message: field('message')?.value ?? '',
    contact: field('contact')?.value.trim() ?? '',
    files: [...(field('files')?.files ?? [])],
  }
  const problem = problemWith(written, filesSuffice ? written.files.length > 0 : undefined)
  if (problem) throw new Unsent(problem.text, field(problem.field)?.id)
  const bytes = written.files.reduce((sum, { size }) => sum + size, 0)
  if (written.files.length > MOST_FILES || bytes > MOST_BYTES) throw new Unsent(TOO_MUCH, field('files')?.id)
  return written
}

/**
 * Seals what was written, one part for the text and one for each file, as the server does (src/tips/store/sealed-store.ts).
 * @param progress is told which share of it is sealed, from 0 to 1
 * @throws Unsent for a file that cannot be read
 */
export async function sealed(
  { message, contact, files }: Written,
  recipients: string[],
  progress: (share: number) => void,
): Promise<SealedPart[]> {
  const parts: SealedPart[] = []
  const whole = files.reduce((sum, { size }) => sum + size, 1)
  let before = 0
  const texts = textsOf(message, contact)
  if (texts.length > 0) parts.push({ name: 'message.age', content: await seal(texts, recipients) })
  for (const [index, file] of files.entries()) {
    const entry = { name: entryName(file.name), content: file }
    const content = await seal([entry], recipients, bytes => progress((before + bytes) / whole)).catch(
      explain(file),
    )
    parts.push({ name: `file-${index + 1}.age`, content })
    before += file.size
  }
  return parts
}

function textsOf(message: string, contact: string): Entry[] {
  if (!message.trim() && !contact) return []
  const text = { name: 'message.txt', content: message }
  return contact ? [text, { name: 'contact.txt', content: contact }] : [text]
}

function explain(file: File): (error: unknown) => never {
  return error => {
    // What the File API throws for what was moved, changed or may not be read; anything else is a failure to seal.
    const isGone = error instanceof DOMException && /^Not(Found|Readable)Error$/.test(error.name)
    if (isGone) throw new Unsent(`“${file.name}” cannot be read any more. Choose your files again.`)
    throw error
  }
}
