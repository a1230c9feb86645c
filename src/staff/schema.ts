import { z } from 'zod'
import { Role } from '../foundation/desk.js'
import { isGuessable } from './passwords.js'

/** Somebody who may sign in. */
export const Account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: Role,
})
export type Account = z.infer<typeof Account>

export const StoredAccount = Account.extend({ passwordHash: z.string(), created: z.string() })
export type StoredAccount = z.infer<typeof StoredAccount>

/** Something that the owner should know or do. */
export interface Notice {
  title: string
  text: string
}

// RFC 5321, 4.5.3.1.3: a path has at most 256 octets, two of them brackets.
const email = z
  .string('Enter your email address.')
  .trim()
  .toLowerCase()
  .max(254, 'Enter a shorter email address.')
  .pipe(z.email('Enter an email address such as name@example.org.'))

const OwnerForm = z.object({
  name: z
    .string('Enter your name.')
    .trim()
    .min(1, 'Enter your name.')
    .max(120, 'Enter a name of at most 120 characters.')
    .refine(value => !/[\p{Cc}\p{Surrogate}]/u.test(value), 'Enter your name as one line of plain text.'),
  email,
  password: z
    .string('Choose a password.')
    .refine(value => [...value].length >= 12, 'Choose a password of at least 12 characters.')
    .refine(value => value.length <= 1_000, 'Choose a password of at most 1000 characters.'),
})
export type SetupForm = z.infer<typeof OwnerForm>

/** The form of a site's first account. */
export function setupForm(siteName: string) {
  return OwnerForm.refine(
    ({ name, email, password }) =>
      !isGuessable(password, [name, email, email.split('@', 1)[0] as string, siteName]),
    {
      path: ['password'],
      message: 'Choose a password that nobody would try first: several words that you do not use together.',
    },
  )
}

export const SignInForm = z.object({
  email,
  password: z
    .string('Enter your password.')
    .min(1, 'Enter your password.')
    .max(1_000, 'Enter a shorter password; none here is that long.'),
})
export type SignInForm = z.infer<typeof SignInForm>

/** What a link of ours carries: 32 random bytes, base64url. */
export const Token = z.string().regex(/^[\w-]{43}$/)
