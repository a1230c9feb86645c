import { Resolver } from 'node:dns/promises'

/** Asks the DNS; rejects as node:dns does, with `code` ENOTFOUND or ENODATA when there is nothing. */
export type Resolve = (name: string, type: 'TXT' | 'MX') => Promise<unknown>

/** The DNS of the machine. */
export function systemDns(): Resolve {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 })
  return (name, type) => (type === 'TXT' ? resolver.resolveTxt(name) : resolver.resolveMx(name))
}

/** The texts that stand at a name. @throws what the DNS throws, other than that there are none */
export async function textsAt(resolve: Resolve, name: string): Promise<string[]> {
  const records = (await found(resolve(name, 'TXT'))) as string[][]
  return records.map(pieces => pieces.join(''))
}

/** The servers that take mail for a domain. */
export async function exchangesOf(resolve: Resolve, domain: string): Promise<string[]> {
  const records = (await found(resolve(domain, 'MX'))) as { exchange: string }[]
  // RFC 7505: a single dot says that the domain takes no mail.
  return records.map(({ exchange }) => exchange).filter(exchange => exchange !== '' && exchange !== '.')
}

async function found(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (['ENOTFOUND', 'ENODATA'].includes(String((error as NodeJS.ErrnoException).code))) return []
    throw error
  }
}
