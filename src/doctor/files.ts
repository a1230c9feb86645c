import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Finding, fail, ok, warn } from './finding.js'

/**
 * Holds what rows name against what lies in the data folder.
 * @param named names of files below it, as of the moment of the call
 */
export async function filesOfRows(dataDir: string, named: () => AsyncIterable<string>): Promise<Finding[]> {
  const first = await compared(dataDir, named)
  const differ = first.missing.length > 0 || first.strays.length > 0
  // A program that serves may have taken a row and its file away, or brought them, between one look and the other.
  const again = differ ? await compared(dataDir, named) : first
  const missing = first.missing.filter(name => again.missing.includes(name))
  const strays = first.strays.filter(name => again.strays.includes(name))
  const { count } = again
  return [
    missing.length
      ? fail(
          'files',
          `${missing.length} of ${count} files that the databases name are gone (${some(missing)}). Take them out of a backup.`,
        )
      : ok('files', `All ${count} files that the databases name are there.`),
    ...(strays.length
      ? [
          warn(
            'files',
            `The tip line knows nothing of ${strays.length} folders in tips/sealed (${some(strays)}). Read them with handpress tips open, then remove them.`,
          ),
        ]
      : []),
  ]
}

async function compared(dataDir: string, named: () => AsyncIterable<string>) {
  const missing: string[] = []
  const tips = new Set<string>()
  let count = 0
  for await (const name of named()) {
    count += 1
    const [, tip] = /^tips\/sealed\/([^/]+)\//.exec(name) ?? []
    if (tip) tips.add(tip)
    if (!(await isThere(path.join(dataDir, name)))) missing.push(name)
  }
  const folders = await readdir(path.join(dataDir, 'tips/sealed')).catch(() => [])
  return { count, missing, strays: folders.filter(id => !tips.has(id)) }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    found => found.isFile(),
    () => false,
  )
}

function some(names: string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '')
}
