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

// In the order of the fields, one for each.
function firstProblems({ issues }: z.ZodError): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const { path, message } of issues) problems[String(path[0])] ??= message
  return problems
}

function typedTexts(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'string'))
}
