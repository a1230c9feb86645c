import { text } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import { Role } from '../foundation/desk.js'
import { OperatorError, Problem } from '../foundation/errors.js'
import { isGuessable } from '../foundation/guessable.js'
import { guessable } from './password-form.js'
import { EmailForm, SetupForm } from './schema.js'
import type { StaffService } from './service.js'

/** Lends the service to a command and closes everything after it. */
export type WithStaff = (work: (staff: StaffService) => Promise<void>) => Promise<void>

/** `staff add`, `staff list` and `staff reset`: accounts from the shell, also for who is locked out of the desk. */
export function staffCommands(withStaff: WithStaff): Command {
  const command = new Command('staff').description('who works on the site')

  command
    .command('add')
    .description('make an account: print a link that invites, or take a password from standard input')
    .argument('<email>')
    .addOption(new Option('--role <role>', 'what they may do').choices(Role.options).makeOptionMandatory())
    .option('--name <name>', 'as colleagues see it; needed with a password')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (email: string, options: { role: Role; name?: string; passwordStdin?: boolean }) => {
      const address = readAddress(email)
      await withStaff(async staff => {
        if (!options.passwordStdin) {
          const link = await plainly(staff.invitationLink(address, options.role))
          return print(`${address} is invited. The link opens once, within three days:\n${link}`)
        }
        const name = options.name ?? (address.split('@', 1)[0] as string)
        const password = (await text(process.stdin)).replace(/\r?\n$/, '')
        const form = await readAccount({ name, email: address, password })
        await plainly(staff.addAccount({ ...form, role: options.role }))
        print(`${address} can sign in now.`)
      })
    })

  command
    .command('list')
    .description('everybody who has an account, with role, state, second factor and last use')
    .action(() =>
      withStaff(async staff => {
        for (const {
          email,
          name,
          role,
          state,
          hasAuthenticator,
          passkeys,
          lastSeen,
        } of await staff.people()) {
          const factor =
            [hasAuthenticator && 'app', passkeys > 0 && 'passkey'].filter(Boolean).join('+') || 'none'
          print([email, name || '–', role, state, factor, lastSeen ?? 'never'].join('\t'))
        }
      }),
    )

  command
    .command('reset')
    .description('print a link at which a new password is chosen; for who was invited, a new invitation')
    .argument('<email>')
    .option('--second-factor', 'take the second factor away as well, for who lost it')
    .action(async (email: string, { secondFactor }: { secondFactor?: boolean }) => {
      const address = readAddress(email)
      await withStaff(async staff => {
        const link = (await staff.resetLink(address)) ?? (await staff.invitationLinkAgain(address))
        if (!link) throw new OperatorError(`No account at work has the address ${address}.`)
        if (secondFactor) await plainly(staff.removeFactorsOf(address))
        print(`The link opens once${secondFactor ? '; the second factor is gone' : ''}:\n${link}`)
      })
    })

  return command
}

function readAddress(email: string): string {
  const form = EmailForm.safeParse({ email })
  if (!form.success) throw new OperatorError(`${email} is no email address.`)
  return form.data.email
}

async function readAccount(given: SetupForm): Promise<SetupForm> {
  const form = SetupForm.safeParse(given)
  if (!form.success) throw new OperatorError(form.error.issues.map(({ message }) => message).join('\n'))
  const { name, email, password } = form.data
  if (await isGuessable(password, [name, email, email.split('@', 1)[0] as string]))
    throw new OperatorError(guessable)
  return form.data
}

// What a page would say to a visitor says enough to an operator too.
async function plainly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof Problem ? new OperatorError(error.message) : error
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
