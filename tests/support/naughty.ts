import { readFileSync } from 'node:fs'
import path from 'node:path'
import { payloads } from './payloads.js'

/** The Big List of Naughty Strings. */
const listed: string[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/blns.json'), 'utf8'),
)

const odd = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202egnirts desrever',
  'x'.repeat(1_000_000),
  '%',
  '%00',
  '%ff',
  '../'.repeat(50),
  '[['.repeat(5_000),
  '{"a":'.repeat(1_000),
  '__proto__',
  'constructor',
  '-1',
  '1e999',
  'NaN',
  "' or 1=1 --",
  '//pwned.example/',
  '\\\\pwned.example\\',
  'https://pwned.example/',
  '/\\pwned.example',
  'x\r\nset-cookie: pwned=1\r\n\r\n<script>pwned()</script>',
  '{{7*7}}<%= 7*7 %>#{7*7}',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  `${'@'.repeat(20_000)}.`,
  `${' '.repeat(20_000)}x`,
  `${'a.'.repeat(10_000)}@example.org`,
]

/** Texts that programs trip over: the list, odd ones of our own, and what tries to run. */
export const naughty: readonly string[] = [...odd, ...listed, ...payloads]
