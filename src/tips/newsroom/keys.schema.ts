import { armor } from 'age-encryption'
import { z } from 'zod'
import { parseAgeHeader } from '../sealing/age-header.js'

export const KeyKind = z.enum(['editor', 'recovery'])
export type KeyKind = z.infer<typeof KeyKind>

/** A key of the newsroom, without its sealed secret half. */
export const TipKey = z.object({
  id: z.string(),
  /** `age1…` */
  publicKey: z.string(),
  kind: KeyKind,
  /** whose it is, or who registered it where it is the recovery key; null: their account is gone */
  accountId: z.string().nullable(),
  accountName: z.string().nullable(),
  label: z.string(),
  /** whether the server keeps the secret half, sealed with a passphrase */
  isWrapped: z.coerce.boolean(),
  made: z.string(),
})
export type TipKey = z.infer<typeof TipKey>

/** A key with its sealed secret half, as only its owner gets it. */
export const OwnKey = TipKey.extend({ wrapped: z.string().nullable() })
export type OwnKey = z.infer<typeof OwnKey>

const LONGEST_WRAPPED = 4_096

// What age itself takes, and what keeps guessing slow for whoever steals the database.
const SLOWEST_GUESSING = 18
const HIGHEST_WORK_FACTOR = 20

/** Whether a text is an armoured age file that one passphrase opens, slowly enough. */
function isWrappedKey(text: string): boolean {
  let sealed: Uint8Array
  try {
    sealed = armor.decode(text.trim())
  } catch {
    return false
  }
  const stanzas = parseAgeHeader(sealed)?.stanzas ?? []
  const [type, , factor] = stanzas[0]?.split(' ') ?? []
  const work = Number(factor)
  return stanzas.length === 1 && type === 'scrypt' && work >= SLOWEST_GUESSING && work <= HIGHEST_WORK_FACTOR
}

const script = 'The key did not arrive whole. Open the page again and make it there.'

const publicKey = z.string(script).regex(/^age1[ac-hj-np-z02-9]{58}$/, script)
const label = z
  .string('Name the key.')
  .trim()
  .min(1, 'Name the key, so that colleagues can tell it from others.')
  .max(80, 'Use at most 80 characters.')

/** An editor's new key, as the page's script sends it: never the secret half itself. */
export const EditorKeyForm = z.object({
  label,
  publicKey,
  wrapped: z
    .string(script)
    .max(LONGEST_WRAPPED, script)
    .transform(text => text.replace(/\r\n/g, '\n').trim())
    .refine(text => text === '' || isWrappedKey(text), script)
    .transform(text => text || null),
})

export const RecoveryKeyForm = z.object({ label, publicKey })

/** `last`: the form said that the tip line closes with this key. */
export const LeavingForm = z.object({
  last: z
    .literal('yes')
    .optional()
    .transform(value => value === 'yes'),
})

/** A key that tips are sealed to though nobody registered it. */
export const StrayForm = LeavingForm.extend({ publicKey: z.string().max(100) })
