import { Busy } from './errors.js'

/** What keeps the machine from storing or reading something. */
export type Cause = 'full' | 'read-only' | 'disk' | 'unsure' | 'damaged' | 'locked' | 'handles'

/** 503: the machine could not store what was sent, or not read what was asked for. Nothing of it is half done. */
export class StorageTrouble extends Busy {
  override name = 'StorageTrouble'
  /** the engine's or the system's own word for it, for the log */
  readonly code: string
  constructor(
    readonly trouble: Cause,
    cause?: unknown,
  ) {
    super(`${what[trouble]}${unsaved(trouble)}`)
    this.code = codeOf(cause) ?? trouble
    if (cause instanceof Error) this.cause = cause
  }

  /** The sentence for whoever only wanted to read. */
  forReading(): string {
    return `${what[this.trouble]}, and this page cannot be shown without it. Try again in a few minutes.`
  }
}

const what: Record<Cause, string> = {
  full: 'The disk of this site is full',
  'read-only': 'The disk of this site takes no changes just now',
  disk: 'The disk of this site reports errors',
  unsure: 'The disk of this site did not confirm what it was given',
  damaged: 'The database of this site is damaged',
  locked: 'Another program holds the database of this site',
  handles: 'This site has too many files and connections open just now',
}

function unsaved(trouble: Cause): string {
  return trouble === 'unsure'
    ? '. Take what you sent as not saved: keep it, and send it again in a few minutes.'
    : ', so nothing was saved. Keep what you wrote, and send it again in a few minutes.'
}

/**
 * What an error of the database engine or of the file system means, if it means that the storage fails.
 * (https://sqlite.org/rescode.html; errno(3))
 */
export function storageTrouble(error: unknown): StorageTrouble | undefined {
  if (error instanceof StorageTrouble) return error
  const code = codeOf(error)
  const trouble = code && (code.startsWith('SQLITE_') ? ofEngine(code) : ofSystem(code, error))
  return trouble ? new StorageTrouble(trouble, error) : undefined
}

/** For what is noted on the way while somebody reads: where nothing can be stored, reading goes on without it. */
export async function unlessInTrouble(write: Promise<unknown>): Promise<void> {
  await write.catch(error => {
    if (!storageTrouble(error)) throw error
  })
}

/** Whether a write failed so that what it wrote may stand all the same. */
export const isUnsure = (error: unknown): boolean => storageTrouble(error)?.trouble === 'unsure'

function ofEngine(code: string): Cause | undefined {
  if (code === 'SQLITE_IOERR_SHMSIZE') return 'full'
  return engine.find(([prefix]) => code.startsWith(prefix))?.[1]
}

const engine: [prefix: string, trouble: Cause][] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_IOERR', 'disk'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_PROTOCOL', 'locked'],
  ['SQLITE_CANTOPEN', 'handles'],
]

const system: Record<string, Cause> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EIO: 'disk',
  EMFILE: 'handles',
  ENFILE: 'handles',
}

const ofNetworks = ['connect', 'bind', 'listen', 'getaddrinfo']

function ofSystem(code: string, error: unknown): Cause | undefined {
  return ofNetworks.includes((error as NodeJS.ErrnoException).syscall ?? '') ? undefined : system[code]
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
