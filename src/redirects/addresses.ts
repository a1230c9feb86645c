/** A typed address as the table keeps it, or a sentence that says why it cannot be used. */
export type Read<T> = { value: T; problem?: undefined } | { problem: string }

export interface Target {
  /** a path of ours, encoded, or a whole https address */
  address: string
  /** the target written as an address to lead from; empty when it is not ours */
  key: string
}

const LONGEST = 2_000

// What WordPress's plain permalinks ask for; any other question is part of the page that it is asked of.
const askedFor = /^(?:p|page_id|attachment_id)=\d{1,12}$/

// Doors of their own, which answer whatever is asked of them, and files of the program.
const closed = /^\/(?:admin|tips|assets)(?:\/|$)/

/**
 * Reads an address that is to lead elsewhere: a path, or a whole address of the old site, of which the path counts.
 * @param answers whether the program itself answers at a path, whatever editors do
 */
export function readFrom(typed: string, answers: (path: string) => boolean): Read<string> {
  const text = typed.trim()
  if (!/^(https?:\/)?\//i.test(text))
    return { problem: 'Enter a path that begins with /, such as /2020/12/24/our-story/.' }
  const url = parsed(text.startsWith('/') ? `http://old.example/${text.replace(/^\/+/, '')}` : text)
  if (!url || text.length > LONGEST)
    return { problem: 'This is no address, or longer than 2,000 characters.' }
  const query = url.search.slice(1)
  if (query && !askedFor.test(query))
    return {
      problem:
        'Of what follows a question mark only p=…, page_id=… or attachment_id=… and a number can be told apart.',
    }
  const path = plainPath(url.pathname)
  if (path === undefined)
    return { problem: 'This address holds a broken % sign or characters that are no text.' }
  if (path === '/' && !query) return { problem: 'The front page cannot lead elsewhere.' }
  if (closed.test(path))
    return { problem: 'Addresses below /admin, /tips and /assets cannot lead elsewhere.' }
  if (path !== '/' && answers(path))
    return { problem: `The paper itself always answers at ${path}, so nobody would be led on from there.` }
  return { value: query ? `${path}?${query}` : path }
}

/**
 * Reads where an address is to lead: a path of ours, or another site by https.
 * @param origin ours, without a slash at its end
 */
export function readTo(typed: string, origin: string): Read<Target> {
  const text = typed.trim()
  const ours = text.startsWith('/')
  const url = parsed(text, ours ? origin : undefined)
  if (!url || text.length > LONGEST || /[\p{Cc}\p{Surrogate}]/u.test(text))
    return { problem: 'Enter a path that begins with /, or a whole address that begins with https://.' }
  // A browser reads //host and /\host as another site.
  if (ours && (/^\/[/\\]/.test(text) || url.origin !== new URL(origin).origin))
    return { problem: 'Begin a path with one slash. For another site enter the whole address with https://.' }
  if (url.username || url.password) return { problem: 'Leave the name and password out of the address.' }
  if (url.origin !== new URL(origin).origin) {
    if (url.protocol !== 'https:') return { problem: 'Another site must be reached by https://.' }
    return { value: { address: url.href, key: '' } }
  }
  if (url.pathname === '/admin' || url.pathname.startsWith('/admin/'))
    return { problem: 'Readers cannot follow an address below /admin.' }
  const address = `/${url.pathname.replace(/^\/+/, '')}${url.search}${url.hash}`
  return { value: { address, key: keysOf(address)[0] ?? '' } }
}

/** What a requested address is looked up by, the most particular first. */
export function keysOf(address: string): string[] {
  const [before = '', query = ''] = (address.split('#', 1)[0] as string).split(/\?(.*)/s)
  const path = plainPath(before)
  if (path === undefined) return []
  const asked = query.split('&').find(part => askedFor.test(part))
  return asked ? [`${path}?${asked}`, path] : [path]
}

/** A target with what was asked of the old address, less what the table itself looked at. */
export function withQuery(target: string, address: string, found: string): string {
  const [, query = ''] = address.split(/\?(.*)/s)
  const [, used] = found.split(/\?(.*)/s)
  const kept = query
    .split('&')
    .filter(part => part && part !== used)
    .join('&')
    .replace(/[^\x21-\x7e]/g, mark => encodeURIComponent(mark.toWellFormed()))
  if (!kept) return target
  const [before = '', hash] = target.split(/#(.*)/s)
  return `${before}${before.includes('?') ? '&' : '?'}${kept}${hash === undefined ? '' : `#${hash}`}`
}

// Old sites link with and without the last slash, and write the same letters in several ways (Unicode NFC).
function plainPath(encoded: string): string | undefined {
  try {
    const path = decodeURIComponent(encoded)
      .normalize('NFC')
      .replace(/\/{2,}/g, '/')
    if (/[\p{Cc}\p{Surrogate}]/u.test(path)) return undefined
    return path === '/' ? path : path.replace(/\/$/, '')
  } catch {
    return undefined
  }
}

function parsed(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined
}
