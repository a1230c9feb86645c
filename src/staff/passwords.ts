import { hash, verify } from '@node-rs/argon2'
import { isCommon } from './most-used-passwords.js'

// OWASP Password Storage Cheat Sheet: argon2id (this library's default), 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// No password has this hash, but looking costs what it costs for one that exists, so that the time of an
// answer does not tell whether an account does.
const nobody = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${zeros(16)}$${zeros(32)}`

/** A PHC string, made on the thread pool. */
export async function hashPassword(password: string): Promise<string> {
  return hash(composed(password), cost)
}

/** @param stored the account's hash; when there is no such account or it has no password, nothing is ever right */
export async function isPassword(stored: string | undefined, password: string): Promise<boolean> {
  const right = await verify(stored || nobody, composed(password))
  return Boolean(stored) && right
}

/**
 * Whether anybody would try it first: one pattern over and over, a run of neighbours, a name that stands on the
 * site, or one of the passwords that most people use.
 * @param names what belongs to the account and the site
 */
export async function isGuessable(password: string, names: string[]): Promise<boolean> {
  const folded = fold(password)
  return (
    isRepetition(folded) ||
    isRun(folded) ||
    names.some(name => fold(name) === folded) ||
    (await isCommon(folded))
  )
}

// NIST SP 800-63B, 3.1.1.2: the same characters typed on another keyboard are the same password.
function composed(password: string): string {
  return password.normalize('NFKC')
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '')
}

function isRepetition(text: string): boolean {
  return /^(.{1,4})\1*$/su.test(text)
}

function isRun(text: string): boolean {
  const steps = [...text].map((mark, index, all) => code(mark) - code(all[index - 1] ?? mark)).slice(1)
  return steps.every(step => step === steps[0] && Math.abs(step) === 1)
}

function code(mark: string): number {
  return mark.codePointAt(0) ?? 0
}

function zeros(count: number): string {
  return Buffer.alloc(count).toString('base64').replace(/=+$/, '')
}
