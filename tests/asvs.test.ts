import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { programFolder } from '../src/config.js'
import * as pictures from '../src/media/intake.js'
import * as readers from '../src/newsletter/readers/imports.js'
import * as redirects from '../src/redirects/imports.js'
import { lifetimes } from '../src/staff/lifetimes.js'
import * as tips from '../src/tips/source/measures.js'

const read = (file: string): string => readFileSync(path.join(programFolder, file), 'utf8')
const answers = read('tests/ASVS.md')

/**
 * Requirements of levels 1 and 2 in each chapter, V1 to V17, and how many of them are of level 1; counted in
 * 5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv of github.com/OWASP/ASVS.
 */
const ASKED = [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7]
const OF_LEVEL_1 = 70

interface Row {
  /** the heading that it stands under, `6` for V6 */
  chapter: string
  cells: string[]
}

const rows = answers.split(/^## V/m).slice(1).flatMap(rowsOf)

/** A test by its file and name. */
const shown = /`(tests\/[\w./-]+): "([^"\n]+)"`/g

test('every requirement of levels 1 and 2 has one row, under its chapter, without an empty cell', () => {
  expect(ASKED.map((_, index) => rows.filter(({ chapter }) => chapter === `${index + 1}`).length)).toEqual(
    ASKED,
  )
  const wrong = rows.filter(
    ({ chapter, cells: [number = '', level = ''], cells }) =>
      cells.length !== 4 || cells.includes('') || !number.startsWith(`${chapter}.`) || !/^[12]$/.test(level),
  )
  expect(wrong).toEqual([])
  expect(new Set(rows.map(({ cells }) => cells[0])).size).toBe(rows.length)
  expect(rows.filter(({ cells }) => cells[1] === '1')).toHaveLength(OF_LEVEL_1)
})

test('each answer is a test, or says what else it is; every test and file that is named exists', () => {
  expect(rows.filter(row => kindOf(row) === 'test' && !answerOf(row).match(shown))).toEqual([])
  const named = [...answers.matchAll(shown)].map(([, file = '', name = '']) => ({ file, name }))
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter(({ file, name }) => !stands(file, name))).toEqual([])
  const files = [...answers.matchAll(/`((?:src|views|tests|\.deploy)\/[\w./-]+|\w+\.json|Dockerfile)/g)]
  expect(
    files.map(([, file = '']) => file).filter(file => !existsSync(path.join(programFolder, file))),
  ).toEqual([])
})

test('the README counts the answers', () => {
  const count = (kind: string) => rows.filter(row => kindOf(row) === kind).length
  expect(read('README.md').replace(/\s+/g, ' ')).toContain(
    `${rows.length} requirements of OWASP ASVS 5.0.0, levels 1 and 2: ${count('test')} are held by tests, ` +
      `${count('no test')} are met without one, ${count('does not apply')} do not apply, ` +
      `${count('not met')} ${count('not met') === 1 ? 'is' : 'are'} not met, in part or on purpose`,
  )
})

test('lifetimes, sizes and numbers that are written down are those of the program', () => {
  const [minute, day, megabyte] = [60_000, 86_400_000, 1_048_576]
  const readme = read('README.md').replace(/\s+/g, ' ')
  const { session, unusedSession, confirmation, setupLink, reset, halfSignIn, challenge } = lifetimes
  expect(readme).toContain(
    `ends after ${unusedSession / day} days without use, and after ${session / day} in any case`,
  )
  for (const sentence of [
    `${setupLink / minute / 60} hours, only while there is no owner`,
    `a proof of the last ${confirmation / minute === 10 ? 'ten' : ''} minutes`,
    `within ${reset / minute === 60 ? 'an hour' : ''}; the second factor stays`,
    `after the password, within ${halfSignIn / minute === 10 ? 'ten' : ''} minutes`,
    `a challenge of ${challenge / minute === 5 ? 'five' : ''} minutes`,
    `ends after ${unusedSession / day} days without use and after ${session / day} in any case`,
    `| ${pictures.MOST_BYTES / megabyte} MB and 50 megapixels each, 50 at once |`,
    `| ${tips.MOST_FILES} files, ${tips.MOST_BYTES / megabyte} MB together, ${grouped(tips.MOST_CHARACTERS)} characters |`,
    `| readers, by editors | CSV | ${readers.LARGEST_FILE / megabyte} MB |`,
    `${grouped(redirects.MOST_LINES)} lines |`,
  ])
    expect(answers.replace(/\n(?!\|)/g, ' ')).toContain(sentence)
})

const sources = ['src', 'views/assets'].flatMap(folder =>
  readdirSync(path.join(programFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => ({ file: `${folder}/${file}`, text: read(`${folder}/${file}`) })),
)

test('every use of cryptography stands in the inventory', () => {
  const [, inventory = ''] = /^## Cryptography\n([\s\S]*?)^## /m.exec(answers.split(/^# /m)[2] ?? '') ?? []
  const places = [...inventory.matchAll(/`((?:src|views)\/[\w./-]+)`/g)].map(([, place = '']) => place)
  const using =
    /createHmac|create(C|Dec)ipheriv|hkdfSync|\bscrypt|generateKeyPair|\bsign\b.*from 'node:crypto'|(from |import\()'(@noble\/|age-encryption|altcha-lib|otplib|@node-rs\/argon2|@simplewebauthn\/server)/
  const users = sources.filter(({ text }) => using.test(text)).map(({ file }) => file)
  expect(users.length).toBeGreaterThan(20)
  expect(users.filter(file => !places.some(place => file.startsWith(place)))).toEqual([])
})

test('no cipher, hash or derivation of keys is used but those that the inventory names', () => {
  const found = (pattern: RegExp) => [
    ...new Set(sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name))),
  ]
  expect(
    found(/'((?:aes|chacha20|camellia|aria|des|rc4|bf)-(?:\d|poly|ecb|cbc|cfb|ede)[^']*)'/g).sort(),
  ).toEqual(['aes-256-gcm', 'chacha20-poly1305'])
  expect(found(/\b(?:createHash|createHmac|hkdfSync)\(([^,)]*)/g)).toEqual(["'sha256'"])
})

function grouped(number: number): string {
  return number.toLocaleString('en')
}

function rowsOf(section: string): Row[] {
  const [, chapter = ''] = /^(\d+) /.exec(section) ?? []
  const lines = section.split(/^# /m)[0]?.split('\n') ?? []
  return lines
    .filter(line => /^\| \d/.test(line))
    .map(line => ({
      chapter,
      cells: line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    }))
}

function answerOf({ cells }: Row): string {
  return cells[3] ?? ''
}

function kindOf(row: Row): string {
  return /^(no test|does not apply|not met): ./.exec(answerOf(row))?.[1] ?? 'test'
}

/** Whether a file holds a test of this name, however the call is laid out. */
function stands(file: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return existsSync(path.join(programFolder, file)) && new RegExp(`(['"])${literal}\\1,`).test(read(file))
}
