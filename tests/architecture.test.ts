import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { programFolder } from '../src/config.js'

interface Source {
  /** below src, with slashes: `articles/service.ts` */
  file: string
  text: string
  /** files of ours that it imports, in the same form */
  imports: string[]
}

const src = path.join(programFolder, 'src')
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map(read)

const room = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')
const isFeature = (file: string) => room(file) !== '' && room(file) !== 'foundation'
const isRepository = (file: string) => /(^|[/.])repository\.ts$|\.(sqlite|postgres)\.ts$/.test(file)
const isPages = (file: string) =>
  /[/.](routes|admin|index)\.ts$|^staff\/(doors|rooms)\//.test(file) || room(file) === 'foundation'

describe('the arrows of the architecture', () => {
  test('a feature is entered by its index only', () => {
    const trespassers = pairs(
      (file, target) => isFeature(target) && room(file) !== room(target) && !target.endsWith('/index.ts'),
    )
    expect(trespassers).toEqual([])
  })

  test('the foundation knows no feature', () => {
    expect(pairs((file, target) => room(file) === 'foundation' && room(target) !== 'foundation')).toEqual([])
  })

  test('features import each other in one direction: there is no cycle', () => {
    const graph = new Map<string, Set<string>>()
    for (const { file, imports } of sources.filter(source => isFeature(source.file))) {
      const known = graph.get(room(file)) ?? new Set()
      for (const target of imports.filter(isFeature)) if (room(target) !== room(file)) known.add(room(target))
      graph.set(room(file), known)
    }
    expect([...graph.keys()].filter(name => reaches(graph, name, name))).toEqual([])
  })

  test('SQL stands in repositories only', () => {
    const statement = /sql`|\b(select .+ from|insert into|update \w+ set|delete from)\b/i
    const speakers = sources.filter(({ file }) => isFeature(file) && !isRepository(file))
    expect(
      speakers.filter(({ text }) => statement.test(withoutComments(text))).map(({ file }) => file),
    ).toEqual([])
  })

  test('services know no HTTP and repositories know no services', () => {
    const http = sources.filter(
      ({ file, text }) =>
        isFeature(file) && !isPages(file) && /from 'fastify'|\brequest\.|\breply\./.test(text),
    )
    // What reads a form or a cookie for the pages beside it is a page's business too.
    const allowed =
      /^((tips\/source|media)\/intake|tips\/source\/(pages|padded-pages|forgotten-headers|session-cookie)|staff\/(asked-page|browser|session-cookie|form-token|said|problem-page)|newsletter\/secret-page)\.ts$/
    expect(http.map(({ file }) => file).filter(file => !allowed.test(file))).toEqual([])
    expect(pairs((file, target) => isRepository(file) && /(service|routes|admin)\.ts$/.test(target))).toEqual(
      [],
    )
  })

  test('the environment is read in one place', () => {
    expect(
      sources.filter(({ text }) => /process\.env/.test(withoutComments(text))).map(({ file }) => file),
    ).toEqual(['config.ts'])
  })

  test('the present and chance are handed in, never taken by a service or a repository', () => {
    const takers = sources.filter(
      ({ file, text }) =>
        isFeature(file) &&
        (isRepository(file) || file.endsWith('/service.ts')) &&
        /new Date\(\)|Date\.now\(\)|Math\.random|randomUUID/.test(withoutComments(text)),
    )
    expect(takers.map(({ file }) => file)).toEqual([])
  })

  test('nothing opens a connection but to relays, the DNS and the own address that the operator names', () => {
    const calling =
      /\bfetch\(|\bnew (WebSocket|EventSource|XMLHttpRequest)\b|from '(undici|axios|got|node-fetch|ws)'|from 'node:(tls|dgram|http2|https)'|import (?!type)[^'\n]*\b(request|get|connect|createConnection|Agent|Socket)\b[^'\n]*from 'node:(http|net)'/
    const callers = sources.filter(({ text }) => calling.test(withoutComments(text))).map(({ file }) => file)
    // `doctor` asks SITE_URL for its certificate, and reads no more than that.
    expect(callers).toEqual(['doctor/certificate.ts'])
    const resolving = sources.filter(({ text }) => /from '(node:)?dns/.test(text)).map(({ file }) => file)
    expect(resolving).toEqual(['mail/dns.ts'])
    const mailing = sources.filter(({ text }) => /from 'nodemailer|import\('nodemailer/.test(text))
    expect(mailing.filter(({ file }) => !file.startsWith('mail/')).map(({ file }) => file)).toEqual([])
  })

  test('nothing starts a program or makes code of a text, but the start of its own', () => {
    const running =
      /from '(node:)?(child_process|vm|repl|inspector)'|\beval\(|\bnew Function\(|renderString\(/
    const runners = sources.filter(({ text }) => running.test(withoutComments(text))).map(({ file }) => file)
    // What the bundler wrote, from files of the program's own, with no argument; and chrt, where it lies, with the number of a thread. By no shell.
    expect(runners.sort()).toEqual(['backups/process.ts', 'compiled.ts', 'foundation/thread-priority.ts'])
  })

  test('the two doors of the tip line know nothing of each other; no other feature knows them', () => {
    const door = (file: string) => /^tips\/(source|newsroom)\//.exec(file)?.[1]
    expect(pairs((file, target) => !!door(file) && !!door(target) && door(file) !== door(target))).toEqual([])
    expect(
      pairs((file, target) => room(target) === 'tips' && isFeature(file) && room(file) !== 'tips'),
    ).toEqual([])
  })

  test('the source’s door stands on the sealed store alone: it knows no account, no mail, no trail', () => {
    const mayKnow = ['tips/source/', 'tips/store/', 'tips/sealing/']
    expect(
      pairs(
        (file, target) =>
          /^tips\/(source|store|sealing)\//.test(file) &&
          isFeature(target) &&
          !mayKnow.some(place => target.startsWith(place)),
      ),
    ).toEqual([])
  })

  test('no file is named for nothing in particular', () => {
    expect(
      sources
        .map(({ file }) => path.basename(file))
        .filter(name => /^(utils?|helpers?|common|misc|manager)\b/.test(name)),
    ).toEqual([])
  })
})

function read(file: string): Source {
  const text = readFileSync(path.join(src, file), 'utf8')
  const folder = path.posix.dirname(file)
  const imports = [...text.matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)].map(([, a, b]) =>
    path.posix.join(folder, (a ?? b ?? '').replace(/\.js$/, '.ts')),
  )
  return { file, text, imports }
}

function pairs(forbidden: (file: string, target: string) => boolean): string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.filter(target => forbidden(file, target)).map(target => `${file} → ${target}`),
  )
}

function reaches(
  graph: Map<string, Set<string>>,
  from: string,
  goal: string,
  seen = new Set<string>(),
): boolean {
  for (const next of graph.get(from) ?? []) {
    if (next === goal) return true
    if (seen.has(next)) continue
    seen.add(next)
    if (reaches(graph, next, goal, seen)) return true
  }
  return false
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
