import { z } from 'zod'
import { Role } from '../foundation/desk.js'

/** Somebody who may sign in. */
export const Account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: Role,
})
export type Account = z.infer<typeof Account>

/** Invited and not here yet, at work, or kept out for now. */
export const State = z.enum(['invited', 'active', 'disabled'])
export type State = z.infer<typeof State>

export const StoredAccount = Account.extend({
  /** argon2id; empty for who comes in with a passkey alone */
  passwordHash: z.string(),
  created: z.string(),
  state: State,
  /** the sealed secret of the authenticator app; empty for none */
  totp: z.string(),
  totpStep: z.int(),
})
export type StoredAccount = z.infer<typeof StoredAccount>

/** A line of the list of colleagues. */
export const Person = Account.extend({
  state: State,
  created: z.string(),
  lastSeen: z.string().nullable(),
  hasPassword: z.int().transform(Boolean),
  hasAuthenticator: z.int().transform(Boolean),
  passkeys: z.int(),
})
export type Person = z.infer<typeof Person>

/** Whose session it is, and how far it reaches. */
export const SignedIn = z.object({
  account: Account,
  session: z.object({
    id: z.string(),
    /** when its owner last proved to be there, by password or passkey */
    confirmed: z.string(),
    lastUsed: z.string(),
  }),
  /** the newsroom asks everybody for a second factor, and this account has none yet */
  owesFactor: z.boolean(),
})
export type SignedIn = z.infer<typeof SignedIn>

/** A browser that is signed in, as its owner sees it. */
export const Session = z.object({
  id: z.string(),
  device: z.string(),
  created: z.string(),
  lastUsed: z.string(),
})
export type Session = z.infer<typeof Session>

export const Passkey = z.object({
  id: z.string(),
  accountId: z.string(),
  name: z.string(),
  publicKey: z.string(),
  counter: z.int(),
  transports: z.string(),
  created: z.string(),
  lastUsed: z.string().nullable(),
})
export type Passkey = z.infer<typeof Passkey>

// RFC 5321, 4.5.3.1.3: a path has at most 256 octets, two of them brackets.
const email = z
  .string('Enter your email address.')
  .trim()
  .toLowerCase()
  .max(254, 'Enter a shorter email address.')
  .pipe(z.email('Enter an email address such as name@example.org.'))

const name = z
  .string('Enter your name.')
  .trim()
  .min(1, 'Enter your name.')
  .max(120, 'Enter a name of at most 120 characters.')
  .refine(value => !/[\p{Cc}\p{Surrogate}]/u.test(value), 'Enter your name as one line of plain text.')

const newPassword = z
  .string('Choose a password.')
  .refine(value => [...value].length >= 12, 'Choose a password of at least 12 characters.')
  .refine(value => value.length <= 1_000, 'Choose a password of at most 1000 characters.')

const password = z
  .string('Enter your password.')
  .min(1, 'Enter your password.')
  .max(1_000, 'Enter a shorter password; none here is that long.')

const role = Role.catch('' as Role).refine(value => Role.options.includes(value), 'Choose a role.')

/** What a browser's WebAuthn answers, as JSON in a form's field. */
const credential = z
  .string()
  .max(20_000)
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('Use a passkey again; what the browser sent cannot be read.')
      return z.NEVER
    }
  })

/** The form of a site's first account, and of an account made at the shell. */
export const SetupForm = z.object({ name, email, password: newPassword })
export type SetupForm = z.infer<typeof SetupForm>

export const SignInForm = z.object({ email, password, code: z.string().max(100).optional() })
export type SignInForm = z.infer<typeof SignInForm>

export const EmailForm = z.object({ email })
export const NameForm = z.object({ name })
export const PasswordForm = z.object({ password: newPassword })
export const InvitationForm = z.object({ email, role })
export const RoleForm = z.object({ role })
export const FactorRuleForm = z.object({ ask: z.enum(['everybody', 'nobody']) })
export const AcceptForm = z.object({ name, password: newPassword })
export const AcceptWithPasskeyForm = z.object({ name, credential })
export const CredentialForm = z.object({ credential })
export const PasskeyForm = z.object({
  label: z.string().trim().max(60, 'Enter a name of at most 60 characters.').default(''),
  credential,
})
export const CodeForm = z.object({
  code: z
    .string('Enter the code.')
    .transform(text => text.replace(/[\s-]/g, '').toLowerCase())
    .pipe(z.string().min(1, 'Enter the code.').max(40, 'Enter a shorter code.')),
})
/** A code is only asked of who has a second factor. */
export const ConfirmForm = CodeForm.extend({
  password,
  code: CodeForm.shape.code
    .or(z.literal(''))
    .optional()
    .transform(code => code ?? ''),
})
export const AuthenticatorForm = CodeForm.extend({ secret: z.string().max(400) })

/** What a link of ours carries: 32 random bytes, base64url. */
export const Token = z.string().regex(/^[\w-]{43}$/)
