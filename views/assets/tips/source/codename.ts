import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { base64urlnopad, bech32 } from '@scure/base'
import { canonicalCodename, PURPOSES, SCRYPT } from '../../../../src/tips/source/codename-scheme.js'
import { recipientOf } from '../keys.js'
import { stretched } from '../scrypt.js'

/** What a codename derives to. */
export interface Secrets {
  /** 32 bytes, base64url: what the server finds the tip by; it keeps their hash */
  lookup: string
  /** opens replies, `AGE-SECRET-KEY-1…`; it never leaves the tab */
  identity: string
  /** to which replies are sealed, `age1…` */
  sourceKey: string
}

/**
 * Derives what src/tips/source/codename.ts derives, in about a second during which the tab answers.
 * @param salt of the site
 */
export async function derive(codename: string, salt: Uint8Array): Promise<Secrets> {
  const root = await stretched(canonicalCodename(codename), salt, SCRYPT)
  const derived = (purpose: string) => hkdf(sha256, root, undefined, new TextEncoder().encode(purpose), 32)
  const identity = bech32.encodeFromBytes('AGE-SECRET-KEY-', derived(PURPOSES.identity)).toUpperCase()
  const lookup = base64urlnopad.encode(derived(PURPOSES.lookup))
  root.fill(0)
  return { lookup, identity, sourceKey: await recipientOf(identity) }
}
