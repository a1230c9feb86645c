import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { Decrypter } from 'age-encryption'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { OperatorError } from '../foundation/errors.js'

const readZip = promisify<Buffer, object, ZipFile>(fromBuffer)

/** What stood in a sealed part: texts to show, and files that were written out. */
export interface Opened {
  /** `message.txt` and `contact.txt` */
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
    .filter(name => name.endsWith('.age') && !name.split(path.sep).includes('staging'))
    .sort((a, b) => collator.compare(path.dirname(a), path.dirname(b)) || partOrder(a, b, collator))
    .map(name => path.join(place, name))
}

/** A way to decrypt with every key of an identity file. Throws when the file holds none. */
export async function identitiesFrom(file: string): Promise<Decrypter> {
  const keys = (await readFile(file, 'utf8')).split('\n').map(line => line.trim())
  const secret = keys.filter(line => line && !line.startsWith('#'))
  const decrypter = new Decrypter()
  try {
    for (const key of secret) decrypter.addIdentity(key)
  } catch {
    throw new OperatorError(`${file} is no age identity file: its lines must begin with AGE-SECRET-KEY-1.`)
  }
  if (secret.length === 0) throw new OperatorError(`${file} holds no age secret key.`)
  return decrypter
}

/**
 * Opens one sealed part: reads the texts, writes the files into `folder` without ever overwriting one.
 * @throws when the key does not fit or the file was damaged
 */
export async function openPart(file: string, decrypter: Decrypter, folder: string): Promise<Opened> {
  const archive = await decrypter.decrypt(await readFile(file)).catch((error: Error) => {
    throw new OperatorError(`${file} cannot be opened with this key: ${error.message}.`)
  })
  const zip = await readZip(Buffer.from(archive), { lazyEntries: true })
  const opened: Opened = { texts: [], files: [] }
  for await (const entry of entries(zip)) {
    if (entry.fileName === 'padding') continue
    const content = await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry)
    if (file.endsWith('-message.age')) opened.texts.push({ name: entry.fileName, text: await text(content) })
    else opened.files.push(await writeOut(content, folder, entry.fileName))
  }
  return opened
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
