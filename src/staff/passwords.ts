import { turnstile } from '../foundation/turnstile.js'

const argon2 = () => import('@node-rs/argon2')

// OWASP Password Storage Cheat Sheet: argon2id (this library's default), 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// No password has this hash, but looking costs what it costs for one that exists, so that the time of an
// answer does not tell whether an account does.
const nobody = `$argon2id$v=19$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}$${zeros(16)}$${zeros(32)}`

// The thread pool has four threads, which sync the disk and compress pages as well.
const turn = turnstile({ atOnce: 2, mostWaiting: 100 })

/** A PHC string of the password exactly as it came, made on the thread pool. @throws Busy when too many wait already */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await argon2()
  return turn(() => hash(password, cost))
}

/** @param stored the account's hash; when there is no such account or it has no password, nothing is ever right
 * @throws Busy when too many wait already */
export async function isPassword(stored: string | undefined, password: string): Promise<boolean> {
  const { verify } = await argon2()
  const right = await turn(() => verify(stored || nobody, password))
  return Boolean(stored) && right
}

function zeros(count: number): string {
  return Buffer.alloc(count).toString('base64').replace(/=+$/, '')
}
