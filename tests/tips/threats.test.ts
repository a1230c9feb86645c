import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'

const model = readFileSync(path.join(programFolder, 'src/tips/THREATS.md'), 'utf8')

/** A test by its file and name. */
const shown = /`(tests\/[\w./-]+): "([^"\n]+)"`/g

/** Whether a file holds a test of this name, however the call is laid out. */
function stands(file: string, name: string): boolean {
  const place = path.join(programFolder, file)
  if (!existsSync(place)) return false
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`\\btest(\\.skipIf\\([^)]*\\))?\\(\\s*(['"\`])${literal}\\2,`).test(
    readFileSync(place, 'utf8'),
  )
}

test('every test that the threat model names exists', () => {
  const named = [...model.matchAll(shown)].map(([, file = '', name = '']) => ({ file, name }))
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ file, name }) => !stands(file, name))).toEqual([])
})

test('the threat model claims nothing that an adversary cannot do without naming a test', () => {
  const claims = model
    .split(/^## /m)
    .flatMap(section => section.split(/^Does not:\n/m).slice(1))
    .flatMap(list => list.split(/^- /m).slice(1))
  expect(claims.length).toBeGreaterThan(20)
  expect(claims.filter(claim => claim.match(shown) === null)).toEqual([])
})
