import type { z } from 'zod'
import { type ReadForm, readForm } from '../foundation/form.js'
import { isGuessable } from '../foundation/guessable.js'

/**
 * Reads a form in which somebody chooses a password.
 * @param names what belongs to the account and the site, by what else the form says; nobody may choose those
 */
export async function readPasswordForm<Values extends { password: string }>(
  schema: z.ZodType<Values>,
  body: unknown,
  names: (values: Values) => string[],
): Promise<ReadForm<Values>> {
  const form = readForm(schema, body)
  if (form.problems) return form
  const belonging = names(form.values).flatMap(name => [name, name.split('@', 1)[0] ?? ''])
  if (!(await isGuessable(form.values.password, belonging.filter(Boolean)))) return form
  const typed = Object.entries(form.values).filter(([field]) => field !== 'password')
  return { problems: { password: guessable }, typed: Object.fromEntries(typed) as Record<string, string> }
}

/** What is said of a password that anybody would try. */
export const guessable =
  'Choose a password that nobody would try first: several words that you do not use together.'
