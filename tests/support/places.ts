import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Program } from './program.js'

/** Bytes that lie somewhere, and where. */
export interface Lying {
  place: string
  bytes: Buffer
}

/**
 * Remembers what lies below folders now.
 * @returns a function that reads what has come or changed since, its name included
 */
export function changesBelow(...folders: string[]): () => Generator<Lying> {
  const before = new Map(folders.flatMap(entriesBelow))
  return function* () {
    for (const [file, state] of folders.flatMap(entriesBelow)) {
      if (before.get(file) === state) continue
      yield { place: `the name of ${file}`, bytes: Buffer.from(file) }
      const bytes = orGone(() => (lstatSync(file).isFile() ? readFileSync(file) : undefined))
      if (bytes) yield { place: file, bytes }
    }
  }
}

// The time of a change is the kernel's own; a program can set that of a modification, but not this one.
function entriesBelow(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const file = path.join(folder, entry.name)
    const state = orGone(() => lstatSync(file, { bigint: true }))
    if (!state) return []
    const own: [string, string] = [file, `${state.ino} ${state.size} ${state.ctimeNs}`]
    return entry.isDirectory() ? [own, ...(orGone(() => entriesBelow(file)) ?? [])] : [own]
  })
}

/** All that a program has left so far: what it printed, the files that it has open, and what has changed in folders. */
export function* leavings(
  { child, printed }: Pick<Program, 'child' | 'printed'>,
  changes: () => Iterable<Lying>,
): Generator<Lying> {
  yield { place: 'the output', bytes: Buffer.from(printed()) }
  if (child.exitCode === null && child.signalCode === null) yield* openFiles(child.pid)
  yield* changes()
}

/** Every file that a process has open or in its memory's map, also those that have no name any more. */
function* openFiles(pid: number | undefined): Generator<Lying> {
  for (const folder of ['fd', 'map_files'].map(name => `/proc/${pid}/${name}`))
    for (const name of readdirSync(folder)) {
      const link = path.join(folder, name)
      const target = orGone(() => readlinkSync(link))
      // Libraries and the program itself are as they were installed.
      if (!target || /\.(so[.\d]*|node)$|\/node$|^\/usr\/|^\/dev\/(?!shm\/)/.test(target)) continue
      const bytes = orGone(() => (statSync(link).isFile() ? readFileSync(link) : undefined))
      if (bytes) yield { place: `${target}, open in the process`, bytes }
    }
}

// What other programs have in a shared folder comes and goes, or is not ours to read.
function orGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ESRCH'].includes(code)) return undefined
    throw error
  }
}
