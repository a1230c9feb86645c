import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { LightMyRequestResponse, RouteOptions } from 'fastify'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { Role } from '../../src/foundation/desk.js'
import { type Colleague, colleague } from '../support/desk.js'
import { form, openPress, type Press } from '../support/press.js'

type Verdict = 'yes' | 'own' | 'no'

/** One address pattern of the README's table. */
interface Row {
  pattern: string
  method: string | undefined
  /** by role, and for who is signed out */
  verdicts: Record<string, Verdict>
}

interface Route {
  method: string
  url: string
}

const rows = readTable(readFileSync(path.join(programFolder, 'README.md'), 'utf8'))

test('the table names every role, and only verdicts that are meant', () => {
  expect(rows.length).toBeGreaterThan(0)
  for (const { pattern, verdicts } of rows) {
    expect(Object.keys(verdicts), pattern).toEqual([...Role.options, 'signed out'])
    for (const verdict of Object.values(verdicts)) expect(['yes', 'own', 'no'], pattern).toContain(verdict)
  }
})

test('every address of the desk stands in the table', async () => {
  const { routes } = await openDesk()
  expect(routes.length).toBeGreaterThan(3)
  expect(routes.filter(route => !rowFor(route)).map(shown)).toEqual([])
})

test('every row of the table stands for an address of the desk', async () => {
  const { routes } = await openDesk()
  const used = new Set(routes.map(rowFor))
  expect(rows.filter(row => !used.has(row)).map(({ pattern }) => pattern)).toEqual([])
})

test('who is signed out is led to the door, or refused', async () => {
  const { press, routes } = await openDesk()
  const wrong: string[] = []
  for (const route of routes) {
    const answer = await press.http.inject(request(route, {}))
    const open = rowFor(route)?.verdicts['signed out'] !== 'no'
    const led =
      answer.statusCode === 303 && /^\/admin\/sign-in(\?next=|$)/.test(answer.headers.location ?? '')
    const closed = route.method === 'GET' ? led : answer.statusCode === 403
    if (open ? [401, 403].includes(answer.statusCode) : !closed)
      wrong.push(`${shown(route)} → ${answer.statusCode}`)
  }
  expect(wrong).toEqual([])
})

test('HEAD is refused and led to the door as GET is', async () => {
  const { press, routes } = await openDesk()
  const contributor = await colleague(press, 'contributor')
  const wrong: string[] = []
  for (const route of routes.filter(({ method }) => method === 'GET')) {
    for (const person of [undefined, contributor]) {
      const asked = request(route, {}, person)
      const [get, head] = [
        await press.http.inject(asked),
        await press.http.inject({ ...asked, method: 'HEAD' }),
      ]
      const same = get.statusCode === head.statusCode && get.headers.location === head.headers.location
      if (!same || head.body) wrong.push(`${shown(route)}: ${get.statusCode}, but HEAD ${head.statusCode}`)
    }
  }
  expect(wrong).toEqual([])
})

test.each(Role.options)('%s: what the table says is what the desk does', { timeout: 60_000 }, async role => {
  const { press, routes } = await openDesk()
  const wrong: string[] = []
  let person = await colleague(press, role, `${role} a`)
  for (const [index, route] of routes.entries()) {
    const answer = await press.http.inject(request(route, { csrf: await person.token() }, person))
    const verdict = rowFor(route)?.verdicts[role] ?? 'no'
    if (!fits(verdict, answer)) wrong.push(`${shown(route)}: ${verdict}, but ${answer.statusCode}`)
    // Signing out, say, ends the session: somebody else of that role takes over.
    if ((await person.get('/admin')).statusCode !== 200)
      person = await colleague(press, role, `${role} ${inLetters(index)}`)
  }
  expect(wrong).toEqual([])
})

function fits(verdict: Verdict, { statusCode }: LightMyRequestResponse): boolean {
  return verdict === 'no' ? statusCode === 403 : ![401, 403].includes(statusCode) && statusCode < 500
}

/** A press with all routes of its desk; each checks a desk of its own, since some of them change it. */
async function openDesk(): Promise<{ press: Press; routes: Route[] }> {
  const routes: Route[] = []
  const note = ({ method, url }: RouteOptions) => {
    for (const one of [method].flat())
      if (/^\/admin(\/|$)/.test(url) && one !== 'HEAD')
        routes.push({ method: one, url: url.replace(/(.)\/$/, '$1') })
  }
  const press = await openPress({ RATE_LIMITS: 'off' }, { onRoute: note })
  const seen = new Set<string>()
  return { press, routes: routes.filter(route => !seen.has(shown(route)) && seen.add(shown(route))) }
}

// Parameters get an id of the right shape that nothing has, so that no check changes what the next one needs.
function request({ method, url }: Route, fields: Record<string, string>, person?: Colleague) {
  const { payload, headers } = form(fields)
  const address = url.replace(/:\w+|\*/g, '01890000-0000-7000-8000-000000000000')
  const cookie = person?.cookie ?? ''
  return method === 'GET'
    ? { url: address, headers: { cookie } }
    : { method: method as 'POST', url: address, payload, headers: { ...headers, cookie } }
}

function rowFor({ method, url }: Route): Row | undefined {
  const covering = rows.filter(row => (!row.method || row.method === method) && covers(row.pattern, url))
  const weight = ({ pattern, method }: Row) =>
    pattern.replace(/\/?\*|\w+(?<=:\w+)/g, '').length +
    (pattern.endsWith('*') ? 0 : 0.25) +
    (method ? 0.5 : 0)
  return covering.sort((a, b) => weight(b) - weight(a))[0]
}

// `*` stands for what follows, however long; `:name` for one part of the address.
function covers(pattern: string, url: string): boolean {
  const expression = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace(/\/\*$/, '(/.*)?')
    .replace(/\*/g, '.*')
  return new RegExp(`^${expression}$`).test(url)
}

function readTable(readme: string): Row[] {
  const [, section = ''] = readme.split(/^## Who may do what$/m)
  const lines = (section.split(/^## /m)[0] ?? '').split('\n').filter(line => line.startsWith('|'))
  const names = cells(lines[0] ?? '').slice(2)
  return lines.slice(2).flatMap(line => {
    const [, addresses = '', ...given] = cells(line)
    const verdicts = Object.fromEntries(names.map((name, index) => [name, (given[index] || 'no') as Verdict]))
    return [...addresses.matchAll(/`(?:([A-Z]+) )?([^`]+)`/g)].map(([, method, pattern = '']) => ({
      pattern,
      method,
      verdicts,
    }))
  })
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
}

function shown({ method, url }: Route): string {
  return `${method} ${url}`
}

function inLetters(number: number): string {
  return [...String(number)].map(digit => 'bcdefghijk'[Number(digit)]).join('')
}
