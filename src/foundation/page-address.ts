import { parse } from 'node:querystring'

/** Reads a query the same way wherever it is read: what a page depends on must be what it is kept under. */
export const parseQuery = (query: string) => parse(query)

type Query = Partial<Record<string, unknown>>

/**
 * The one spelling of an address among all that ask for the same page: nothing encoded but what must be, no slash at the end,
 * and of the query only what the page looks at.
 * @param url as the router takes it, its percent signs in order
 * @param parameters of the query that the page depends on, in their order
 * @returns undefined for what is spelled so that two readers of it might not agree
 */
export function pageAddress(url: string, query: Query, parameters: readonly string[]): string | undefined {
  // A fragment is nothing that a client may send (RFC 9112, 3.2); what is no path, no server hands on.
  if (!url.startsWith('/') || url.includes('#')) return undefined
  const [path = ''] = url.split('?', 1)
  const spelled = path.split('/').map(respelled).join('/')
  return withQuestion(spelled.length > 1 ? spelled.replace(/\/$/, '') : spelled, query, parameters)
}

/** An address that is spelled well, with what the page looks at of a query. */
export function withQuestion(path: string, query: Query, parameters: readonly string[]): string {
  const asked = parameters.flatMap(name =>
    [query[name] ?? []].flat().map(value => `${name}=${encodeURIComponent(String(value))}`),
  )
  return asked.length ? `${path}?${asked.join('&')}` : path
}

function respelled(segment: string): string {
  return /^[\w.~-]*$/.test(segment) ? segment : encodeURIComponent(decodeURIComponent(segment))
}
