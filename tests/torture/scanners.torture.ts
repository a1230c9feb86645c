import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasProgram } from '../support/browser.js'
import { form, temporaryFolder } from '../support/press.js'
import { freePort, run, serveProgram } from '../support/program.js'
import { askOverTls, tlsFront } from '../support/tls-front.js'

// Two scanners over the real program behind https, as a stranger and as an owner: `wapiti` finds its way by links and forms,
// `sqlmap` tries what stands in queries and forms against the database.

/** Seconds for which each of them may look, unless SCAN_SECONDS says otherwise. */
const SECONDS = Number(process.env.SCAN_SECONDS ?? 600)
/** Milliseconds: one part to look around, one for all attacks, as much again for what ends late, and a start. */
const LONGEST = (SECONDS * 3 + 240) * 1_000
const owner = { email: 'ada@example.org', password: 'seven horses on a green hill' }

const modules = [
  ...['backup', 'blindsql', 'cookieflags', 'crlf', 'csp', 'csrf', 'exec', 'file', 'htaccess', 'http_headers'],
  ...['methods', 'permanentxss', 'redirect', 'shellshock', 'sql', 'xss'],
]

/** Queries that reach the database, and forms that a stranger may send. */
const open = [
  ...['/search?q=ink&page=1', '/archive?before=2020-12-24T09:00:00.000Z', '/sections/press?after=2020-01-01'],
  ...[
    '/corrections?before=x',
    '/newsletter/issues?before=1',
    '/articles/backups-that-restore?x=1',
    '/media/x?y=1',
  ],
]
const inside = [
  ...['/admin/articles?q=ink&status=published&sort=title&order=up&before=x', '/admin/media?q=press&before=x'],
  ...['/admin/newsletter/readers?q=ann&status=active', '/admin/audit?q=x&before=1', '/admin/redirects?q=old'],
  ...['/admin/newsletter/bounces?before=x', '/admin/tips?state=new', '/admin/authors?q=a', '/admin/tags?q=a'],
]
const forms: [string, string][] = [
  ['/newsletter', 'email=reader@example.org&name=Ann&frequency=weekly'],
  ['/tips/return', 'codename=one'],
  ['/admin/sign-in', 'email=ada@example.org&password=x'],
  ['/admin/reset', 'email=ada@example.org'],
]

// Where a scanner would sign itself out, or lock itself out.
const endsTheScan = /^\/admin\/(sign-out|account\/(password|sessions|email|app)|people\/)/

async function openScene() {
  const port = await freePort()
  const origin = `https://localhost:${await tlsFront(port, endsTheScan)}`
  const environment = { PORT: String(port), SITE_URL: origin, TRUST_PROXY: '127.0.0.1', RATE_LIMITS: 'off' }
  const { dataDir } = await serveProgram(environment)
  const adding = run(['staff', 'add', owner.email, '--role', 'owner', '--password-stdin'], {
    DATA_DIR: dataDir,
  })
  adding.child.stdin?.end(`${owner.password}\n`)
  expect(await adding.ended, adding.printed()).toBe(0)
  const entered = await askOverTls(`${origin}/admin/sign-in`, { method: 'POST', ...form(owner) })
  const cookie = (entered.headers['set-cookie'] ?? []).map(one => one.split(';')[0]).join('; ')
  expect(cookie).toContain('__Host-handpress=')
  return { origin, cookie }
}

describe.skipIf(!hasProgram('wapiti', 'wapiti'))('wapiti', () => {
  test.each([
    ['signed out', false],
    ['signed in', true],
  ])(
    'finds nothing, %s',
    async (_who, signedIn) => {
      const { origin, cookie } = await openScene()
      const report = path.join(await temporaryFolder(), 'report.json')
      const entrance = signedIn ? ['-s', `${origin}/admin/articles`, '-H', `Cookie: ${cookie}`] : []
      const printed = await finished('wapiti', [
        ...['-u', `${origin}/`, '-m', modules.join(','), '-f', 'json', '-o', report],
        ...['--no-bugreport', '--verify-ssl', '0', '--flush-session', '-v', '1'],
        ...['--max-scan-time', String(SECONDS), '--max-links-per-page', '60'],
        ...['--max-attack-time', String(Math.ceil(SECONDS / modules.length))],
        ...['--store-session', await temporaryFolder(), '--store-config', await temporaryFolder()],
        // It cannot read Brotli, and then follows no link.
        ...['-H', 'Accept-Encoding: identity', ...entrance],
      ])
      expect(existsSync(report), printed.slice(-1_000)).toBe(true)
      const { vulnerabilities, anomalies } = JSON.parse(readFileSync(report, 'utf8'))
      const places = Number(/found (\d+) URLs/.exec(printed)?.[1] ?? 0)
      process.stdout.write(`wapiti tried ${places} addresses and forms\n`)
      expect(places).toBeGreaterThan(40)
      expect(foundIn(vulnerabilities).filter(needsAnswer)).toEqual([])
      expect(foundIn(anomalies)).toEqual([])
    },
    LONGEST + 60_000,
  )
})

describe.skipIf(!hasProgram('sqlmap', 'sqlmap'))('sqlmap', () => {
  test.each([
    ['signed out', open, forms],
    ['signed in', inside, []],
  ])(
    'finds no parameter that reaches the database’s language, %s',
    async (who, pages, posts) => {
      const { origin, cookie } = await openScene()
      const output = await temporaryFolder()
      const common = [
        ...[
          '--batch',
          '--flush-session',
          '--output-dir',
          output,
          '--level',
          '2',
          '--risk',
          '2',
          '--dbms',
          'sqlite',
        ],
        // What answers so is tried as well; left alone it gives up at the first such answer.
        ...['--ignore-code', '401,403,404,422'],
        ...['--technique', 'BEUSQ', '--threads', '4', '--timeout', '30', '--disable-coloring', '-v', '1'],
        ...(who === 'signed in' ? ['--cookie', cookie, '--param-exclude', '__Host|handpress'] : []),
      ]
      const end = Date.now() + SECONDS * 1_000
      const untried: string[] = []
      const wanted = [
        ...pages.map(page => ['-u', origin + page]),
        ...posts.map(([action, fields]) => ['-u', origin + action, '--data', fields]),
      ]
      for (const target of wanted) {
        if (Date.now() > end) {
          untried.push(target[1] ?? '')
          continue
        }
        const begun = Date.now()
        // It says so of each parameter that it tried; where it could try none, this proves nothing.
        expect(await finished('sqlmap', [...common, ...target]), target[1]).toMatch(
          /not (appear to be )?injectable/,
        )
        process.stdout.write(`sqlmap tried ${target[1]} in ${Math.round((Date.now() - begun) / 1_000)} s\n`)
      }
      expect(untried, 'a longer SCAN_SECONDS').toEqual([])
      expect(injections(output)).toEqual([])
    },
    LONGEST + 600_000,
  )
})

interface Finding {
  method: string
  path: string
  info: string
}

function foundIn(report: Record<string, Finding[]>): (Finding & { kind: string })[] {
  return Object.entries(report).flatMap(([kind, list]) =>
    list.map(({ method, path: at, info }) => ({ kind, method, path: at, info })),
  )
}

// `X-XSS-Protection` steered a filter that browsers have taken out, since it opened holes of its own; a policy does its work.
// A form that is for everybody, without a cookie, has nobody's rights to abuse, so it needs no token (OWASP: only requests that
// change something with the sender's rights do). At the desk's doors browsers say from where a form comes.
function needsAnswer({ kind, path: at, info }: { kind: string; path: string; info: string }): boolean {
  if (info.startsWith('X-XSS-Protection')) return false
  return !(
    kind === 'Cross Site Request Forgery' && !/^\/admin(?!\/(sign-in|reset|setup|invitation))/.test(at)
  )
}

/** What sqlmap wrote down: a line for each parameter that it could inject into. */
function injections(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.startsWith('results-'))
    .flatMap(name => readFileSync(path.join(folder, name), 'utf8').trim().split('\n').slice(1))
    .concat(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(name => path.basename(name) === 'log')
        .map(name => readFileSync(path.join(folder, name), 'utf8').trim())
        .filter(Boolean),
    )
}

/** @returns what it printed */
function finished(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 64 * 1_048_576, timeout: LONGEST }, (error, stdout, stderr) => {
      if (error && error.code === 'ENOENT') reject(error)
      else if (error?.killed)
        reject(new Error(`${program} did not end: ${stdout.slice(-1_000)}${stderr.slice(-1_000)}`))
      else resolve(stdout + stderr)
    })
  })
}
