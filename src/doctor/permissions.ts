import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Finding, fail, ok, warn } from './finding.js'

const OTHERS = 0o077

/** Whether anybody else on the machine could read what the paper keeps, or its own account could not. */
export async function permissions(dataDir: string, keyFiles: string[]): Promise<Finding[]> {
  const home = await stat(dataDir)
  const problems: Finding[] = []
  if (home.mode & OTHERS)
    problems.push(
      fail('permissions', `Others on this machine can look into ${dataDir}: chmod 700 ${dataDir}`),
    )
  const names = (await readdir(dataDir)).map(name => path.join(dataDir, name))
  const databases = ['tips.db', 'tips.db-wal', 'tips.db-shm'].map(name => path.join(dataDir, 'tips', name))
  for (const file of [...names, ...databases, ...keyFiles]) {
    const found = await stat(file).catch(() => undefined)
    if (!found) continue
    if (found.isFile() && found.mode & OTHERS)
      problems.push(warn('permissions', `Others may read it: chmod 600 ${file}`))
    if (found.uid !== home.uid && file.startsWith(dataDir))
      problems.push(
        fail(
          'permissions',
          `It belongs to another account than ${dataDir}, perhaps since a command was run as another user: chown -R --reference=${dataDir} ${file}`,
        ),
      )
  }
  return problems.length
    ? problems
    : [ok('permissions', 'Only the program’s account reads what the paper keeps.')]
}
