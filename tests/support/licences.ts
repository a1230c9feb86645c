import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { programFolder } from '../../src/config.js'

// Prints the packages that the program is made of, those for other systems included, under their licences.
const Package = z.object({
  version: z.string(),
  license: z.string().default('none said'),
  dev: z.boolean().default(false),
})
const lockfile = path.join(programFolder, 'package-lock.json')
const { packages } = z
  .object({ packages: z.record(z.string(), Package) })
  .parse(JSON.parse(readFileSync(lockfile, 'utf8')))

const named = new Map<string, string[]>()
for (const [at, { version, license, dev }] of Object.entries(packages)) {
  if (at === '' || dev) continue
  const name = at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)
  named.set(license, [...(named.get(license) ?? []), `${name} ${version}`])
}
for (const [license, names] of [...named].sort())
  process.stdout.write(
    `${license}\n${[...new Set(names)]
      .sort()
      .map(name => `  ${name}\n`)
      .join('')}`,
  )
