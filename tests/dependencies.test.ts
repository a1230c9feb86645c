import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { programFolder } from '../src/config.js'

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(programFolder, file), 'utf8'))

const Package = z.object({
  license: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  hasInstallScript: z.boolean().default(false),
})
const { packages } = z.object({ packages: z.record(z.string(), Package) }).parse(read('package-lock.json'))
const Versions = z.record(z.string(), z.string())
const manifest = z
  .object({
    dependencies: Versions,
    devDependencies: Versions,
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(read('package.json'))
const installed = Object.entries(packages).filter(([at]) => at !== '')
const nameOf = (at: string) => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** May be used in a program under MIT and handed on with it, unchanged and with their notices. */
const allowed =
  /^(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|Zlib|PSF-2\.0|OFL-1\.1|MPL-2\.0|LGPL-3\.0-or-later)$/

test('every dependency is of one exact version', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

test('every package of the lockfile comes from the registry, with the hash of what came', () => {
  // Without an address of its own a package comes from the registry that npm is told of.
  const loose = installed.filter(
    ([, one]) => !one.integrity?.startsWith('sha512-') || one.resolved !== undefined,
  )
  expect(loose.map(([at]) => at)).toEqual([])
})

test('nothing of a package runs while it is installed but what is named, and of those only what compiles', () => {
  const scripted = installed.filter(([, one]) => one.hasInstallScript).map(([at]) => nameOf(at))
  expect(scripted.sort()).toEqual(Object.keys(manifest.allowScripts).sort())
  const run = Object.entries(manifest.allowScripts).filter(([, may]) => may)
  expect(run.map(([name]) => name)).toEqual(['better-sqlite3'])
})

test('every licence allows what is done with it', () => {
  const parts = (license = 'none') => license.replace(/[()]/g, '').split(' AND ')
  // Of a choice one is enough.
  const isAllowed = (part: string) => part.split(' OR ').some(one => allowed.test(one))
  const others = installed.filter(([, { license }]) => !parts(license).every(isAllowed))
  expect(others.map(([at, { license }]) => `${at}: ${license}`)).toEqual([])
})

test('what seals in a source’s browser is there in one version each, so that it is read once', () => {
  const sealing = installed
    .map(([at]) => nameOf(at))
    .filter(name => /^(@noble|@scure|age-|fflate)/.test(name))
  expect(sealing.length).toBeGreaterThan(5)
  expect(sealing.filter((name, index) => sealing.indexOf(name) < index)).toEqual([])
})
