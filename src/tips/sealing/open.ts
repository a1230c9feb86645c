import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { Decrypter } from 'age-encryption'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { OperatorError } from '../../foundation/errors.js'

const readZip = promisify<Buffer, object, ZipFile>(fromBuffer)

/** What stood in a sealed part: texts to show, and files that were written out. */
export interface Opened {
  /** `message.txt` and `contact.txt`, in a case's archive each below its folder, and `index.txt` */
  texts: { name: string; text: string }[]
  /** paths of the files written */
  files: string[]
}

/** Sealed files below a folder, a tip's parts together and in order; or the one file that the path names. */
export async function sealedFiles(place: string): Promise<string[]> {
  if ((await stat(place)).isFile()) return [place]
  const names = await readdir(place, { recursive: true })
  const collator = new Intl.Collator('en', { numeric: true })
  return names
    .filter(
      name => name.endsWith('.age') && !name.split(path.sep).some(folder => folder.startsWith('staging')),
    )
    .sort((a, b) => collator.compare(path.dirname(a), path.dirname(b)) || partOrder(a, b, collator))
    .map(name => path.join(place, name))
}

/**
 * Opens one sealed part, or a case's archive: reads the texts, writes the files into `folder` without ever overwriting one.
 * @throws OperatorError when the key does not fit or the file was damaged
 */
export async function openPart(file: string, decrypter: Decrypter, folder: string): Promise<Opened> {
  const zip = await decrypter
    .decrypt(await readFile(file))
    .then(archive => readZip(Buffer.from(archive), { lazyEntries: true }))
    .catch((error: Error) => {
      throw new OperatorError(`${file} cannot be opened with this key: ${error.message}.`)
    })
  const isText = textsOf(path.basename(file))
  const opened: Opened = { texts: [], files: [] }
  for await (const { entry, content } of contents(zip)) {
    if (entry.fileName === 'padding') content.resume()
    else if (isText.test(entry.fileName))
      opened.texts.push({ name: entry.fileName, text: await text(content) })
    else opened.files.push(await writeOut(content, path.join(folder, folderOf(entry)), entry.fileName))
  }
  return opened
}

// In a part that is a file, everything is one, whatever it is called. What has another name than parts have was exported: a
// list, and a folder for each time that somebody wrote.
function textsOf(name: string): RegExp {
  if (/^\d+-(message|reply|note)\.age$/.test(name)) return /^/
  if (/^\d+-file-\d+\.age$/.test(name)) return /^(?!)/
  return /^index\.txt$|^\d+-(message|reply|note)\/(message|contact)\.txt$/
}

function folderOf({ fileName }: Entry): string {
  return /^(\d+-(?:message|reply|note))\//.exec(fileName)?.[1] ?? ''
}

async function* contents(zip: ZipFile): AsyncGenerator<{ entry: Entry; content: Readable }> {
  for await (const entry of entries(zip))
    yield { entry, content: await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry) }
}

async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  for (let left = zip.entryCount; left > 0; left--) {
    yield await new Promise<Entry>((resolve, reject) => {
      zip.once('entry', resolve).once('error', reject).readEntry()
    })
  }
}

// The name was made harmless when it was sealed, but whoever sealed it need not have been Handpress.
async function writeOut(content: Readable, folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { name: stem, ext } = path.parse(
    path.basename(name.replace(/\\/g, '/')).replace(/^\.+/, '') || 'file',
  )
  for (let copy = 1; ; copy++) {
    const target = path.join(folder, copy === 1 ? stem + ext : `${stem} (${copy})${ext}`)
    const handle = await open(target, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    if (!handle) continue
    await pipeline(content, handle.createWriteStream())
    return target
  }
}

function partOrder(a: string, b: string, collator: Intl.Collator): number {
  const rank = (name: string) => path.basename(name).replace('message', '0')
  return collator.compare(rank(a), rank(b))
}
