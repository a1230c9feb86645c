import { z } from 'zod'
import { NotFound } from '../../foundation/errors.js'

const ById = z.object({ id: z.string().max(64) })

/** The article that an address of the desk names. @throws NotFound when it can be none */
export function idOf({ params }: { params: unknown }): string {
  const found = ById.safeParse(params)
  if (!found.success) throw new NotFound()
  return found.data.id
}
