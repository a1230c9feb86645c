import type { z } from 'zod'

/** What was sent, or what is wrong with it and the values to show again. */
export type ReadForm<Values> =
  | { values: Values; problems?: undefined }
  | { problems: Record<string, string>; typed: Record<string, string> }

/** Reads a form's body; whatever else arrives in its place reads as an empty form. */
export function readForm<Values>(schema: z.ZodType<Values>, body: unknown): ReadForm<Values> {
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  const result = schema.safeParse(fields)
  return result.success
    ? { values: result.data }
    : { problems: firstProblems(result.error), typed: typedTexts(fields) }
}

function firstProblems(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map(issue => [String(issue.path[0]), issue.message]).reverse())
}

function typedTexts(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'string'))
}
