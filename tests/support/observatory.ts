import type { Answer } from './tls-front.js'

// The rules of the MDN HTTP Observatory (algorithm of release 1.4.8), for an answer that came over https. What is left out: whether
// http leads to https, which is the proxy's to do, and the list of preloaded hosts, which is kept by browsers.

/** What a rule gives or takes: its name, the points, and why. */
export interface Judgement {
  rule: string
  points: number
  why: string
}

const broad = ['ftp:', 'http:', 'https:', '*', 'http://*', 'http://*.*', 'https://*', 'https://*.*']
const unsafe = ["'unsafe-inline'", 'data:']

/** Judges an answer by each rule. */
export function judge(answer: Answer): Judgement[] {
  const rules = [
    contentPolicy,
    cookies,
    sharing,
    referrer,
    transport,
    integrity,
    sniffing,
    framing,
    embedding,
  ]
  return rules.map(rule => rule(answer))
}

/** Bonus points count only where fewer than ten were lost. */
export function score(judgements: Judgement[]): number {
  const lost = judgements.reduce((sum, { points }) => sum + Math.min(points, 0), 0)
  const all = judgements.reduce((sum, { points }) => sum + points, 0)
  return 100 + (lost >= -10 ? all : lost)
}

/**
 * The most that an answer of its kind can get: 130, 5 more where it sets cookies, 5 more where it loads scripts. Nothing can reach
 * more than 145, and the last five are for hosts on the browsers' list.
 */
export function most(answer: Answer): number {
  return 130 + (cookiesOf(answer).length ? 5 : 0) + (scriptsOf(answer).length ? 5 : 0)
}

function contentPolicy({ headers }: Answer): Judgement {
  const rule = 'content-security-policy'
  const policy = directives(headers[rule])
  if (!policy.size) return { rule, points: -25, why: 'there is none' }
  const sources = (name: string) => policy.get(name) ?? policy.get('default-src') ?? ['*']
  const strict = (list: string[]) =>
    list.some(source => /^'(nonce|sha\d+)-/.test(source))
      ? list.filter(one => one !== "'unsafe-inline'")
      : list
  const [script, style] = [strict(sources('script-src')), strict(sources('style-src'))]
  if (
    script.some(source => [...broad, ...unsafe].includes(source)) ||
    sources('object-src').some(one => broad.includes(one))
  )
    return { rule, points: -20, why: 'scripts or objects may come from anywhere' }
  const others = [...policy]
    .filter(([name]) => !['img-src', 'media-src'].includes(name))
    .flatMap(([, list]) => list)
  if (others.some(isInsecure)) return { rule, points: -20, why: 'something may come by http' }
  if ([...script, ...style].includes("'unsafe-eval'"))
    return { rule, points: -10, why: 'code may be made of text' }
  if ([...sources('img-src'), ...sources('media-src')].some(isInsecure))
    return { rule, points: -10, why: 'pictures may come by http' }
  if (style.some(source => [...broad, ...unsafe].includes(source)))
    return { rule, points: 0, why: 'styles may come from anywhere' }
  const isNothing = policy.get('default-src')?.join() === "'none'"
  return { rule, points: isNothing ? 10 : 5, why: 'nothing unsafe' }
}

const isInsecure = (source: string) => /^(http|ftp):/.test(source)

function cookies(answer: Answer): Judgement {
  const rule = 'cookies'
  const set = cookiesOf(answer)
  if (!set.length) return { rule, points: 0, why: 'there are none' }
  if (set.some(cookie => !/; *secure/i.test(cookie))) return { rule, points: -20, why: 'one is not Secure' }
  if (set.some(cookie => !/; *httponly/i.test(cookie)))
    return { rule, points: -30, why: 'scripts may read one' }
  if (set.some(cookie => !/; *samesite=(lax|strict)/i.test(cookie)))
    return { rule, points: 0, why: 'one goes along from other sites' }
  return { rule, points: 5, why: 'all are for us alone' }
}

function sharing({ headers }: Answer): Judgement {
  const rule = 'cross-origin-resource-sharing'
  const open =
    headers['access-control-allow-origin'] && headers['access-control-allow-credentials'] === 'true'
  return {
    rule,
    points: open ? -50 : 0,
    why: String(headers['access-control-allow-origin'] ?? 'with nobody'),
  }
}

function referrer({ headers }: Answer): Judgement {
  const rule = 'referrer-policy'
  const last =
    String(headers[rule] ?? '')
      .split(',')
      .at(-1)
      ?.trim() ?? ''
  if (!last) return { rule, points: 0, why: 'there is none' }
  const isPrivate = /^(no-referrer|same-origin|strict-origin|strict-origin-when-cross-origin)$/.test(last)
  return { rule, points: isPrivate ? 5 : -5, why: last }
}

function transport({ headers }: Answer): Judgement {
  const rule = 'strict-transport-security'
  const header = headers[rule]
  if (!header) return { rule, points: -20, why: 'there is none' }
  const [, seconds] = /max-age=(\d+)/i.exec(header) ?? []
  if (!seconds || header.includes(',')) return { rule, points: -20, why: header }
  return { rule, points: Number(seconds) < 15_552_000 ? -10 : 0, why: header }
}

function integrity(answer: Answer): Judgement {
  const rule = 'subresource-integrity'
  const scripts = scriptsOf(answer)
  if (!scripts.length) return { rule, points: 0, why: 'no script is loaded' }
  if (scripts.some(script => /src="(https?:)?\/\//.test(script)))
    return { rule, points: -50, why: 'one comes from elsewhere' }
  return {
    rule,
    points: scripts.every(script => / integrity="sha/.test(script)) ? 5 : 0,
    why: 'all are ours',
  }
}

function sniffing({ headers }: Answer): Judgement {
  const rule = 'x-content-type-options'
  return { rule, points: headers[rule] === 'nosniff' ? 0 : -5, why: String(headers[rule]) }
}

function framing({ headers }: Answer): Judgement {
  const rule = 'x-frame-options'
  if (directives(headers['content-security-policy']).has('frame-ancestors'))
    return { rule, points: 5, why: 'said by the policy' }
  return {
    rule,
    points: /^(deny|sameorigin)$/i.test(String(headers[rule])) ? 0 : -20,
    why: String(headers[rule]),
  }
}

function embedding({ headers }: Answer): Judgement {
  const rule = 'cross-origin-resource-policy'
  const value = String(headers[rule] ?? '')
  return { rule, points: /^same-(origin|site)$/.test(value) ? 10 : 0, why: value || 'there is none' }
}

function directives(header: string | string[] | undefined): Map<string, string[]> {
  const parts = String(header ?? '')
    .split(';')
    .map(part => part.trim().split(/\s+/))
    .filter(([name]) => name)
  return new Map(parts.map(([name = '', ...sources]) => [name.toLowerCase(), sources]))
}

function cookiesOf({ headers }: Answer): string[] {
  return headers['set-cookie'] ?? []
}

function scriptsOf({ headers, body }: Answer): string[] {
  if (!/^text\/html/.test(String(headers['content-type'] ?? ''))) return []
  return body.match(/<script\b[^>]*\ssrc="[^>]*>/g) ?? []
}
