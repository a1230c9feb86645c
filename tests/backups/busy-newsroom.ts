import { readFileSync } from 'node:fs'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { Colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { form, temporaryFolder } from '../support/press.js'
import { type Program, run, serveProgram } from '../support/program.js'
import { codenameIn } from '../support/tips.js'

/** What the program has acknowledged up to a moment. */
export interface Acknowledged {
  emails: string[]
  codenames: string[]
  /** addresses of articles that were published */
  articles: string[]
}

const owner = { email: 'ada@example.org', password: 'seven horses on a green hill' }
const paths = ['/', '/archive', '/feed.xml', '/atom.xml', '/feed.json', '/sitemap.xml', '/search?q=ink']

/** A program with an owner, and people who sign up, send tips and publish over it without a pause. */
export async function openBusyNewsroom() {
  const settings = { SITE_URL: 'http://localhost:3000', RATE_LIMITS: 'off', LOG_LEVEL: 'warn' }
  const program = await serveProgram(settings)
  const editor = await ownerOf(program)
  const said: Acknowledged = { emails: [], codenames: [], articles: [] }
  /** what readers saw between two publications */
  const states: Record<string, string>[] = [await pagesOf(program.url)]
  let over = false
  let number = 0

  const until = async (deed: () => Promise<void>): Promise<void> => {
    while (!over) await deed()
  }
  const signUp = async () => {
    const email = `reader${++number}@example.org`
    const answer = await post(program.url, '/newsletter', { email })
    if (answer.ok) said.emails.push(email)
  }
  const sendTip = async () => {
    const answer = await post(program.url, '/tips', { message: `They moved file ${++number}.` })
    if (answer.ok) said.codenames.push(codenameIn(await answer.text()))
  }
  const publish = async () => {
    const id = await newArticle(editor)
    const slug = `ink-${++number}`
    await save(editor, id, {
      title: `Ink ${number}`,
      dek: 'It costs.',
      body: `A litre of it, ${number}.\n`,
      slug,
    })
    const answer = await editor.post(`/admin/articles/${id}/publish`)
    expect(answer.statusCode).toBe(303)
    said.articles.push(`/articles/${slug}`)
    states.push(await pagesOf(program.url))
  }
  const work = Promise.all([until(signUp), until(signUp), until(sendTip), until(publish)])
  return {
    program,
    settings,
    states,
    /** Waits until so much more of each was acknowledged. */
    async goOn(count: number): Promise<void> {
      const now = counts(said)
      while (counts(said).some((count_, index) => count_ < (now[index] ?? 0) + count))
        await new Promise(resolve => setTimeout(resolve, 5))
    },
    acknowledged: (): Acknowledged => structuredClone(said),
    async stop(): Promise<void> {
      over = true
      await work
    },
  }
}

const counts = ({ emails, codenames, articles }: Acknowledged) => [
  emails.length,
  codenames.length,
  articles.length,
]

/** What readers see, byte for byte, at addresses that change with each publication. */
async function pagesOf(url: string): Promise<Record<string, string>> {
  const pages: Record<string, string> = {}
  for (const path of paths) pages[path] = await (await fetch(url + path)).text()
  return pages
}

/** Runs a command of the built program over a data folder to its end. */
export async function command(
  args: string[],
  dataDir: string,
  input = '',
  environment: Record<string, string> = {},
) {
  const { child, printed, ended } = run(args, { DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...environment })
  child.stdin?.end(input)
  return { code: await ended, printed: printed() }
}

/** Begins a command and kills it after so many milliseconds, unless it has ended by then. */
export async function killedAfter(args: string[], dataDir: string, milliseconds: number): Promise<void> {
  const { child, ended } = run(args, { DATA_DIR: dataDir, LOG_LEVEL: 'warn' })
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
  await ended
  clearTimeout(timer)
}

/** Restores a backup into a new folder. @returns the folder */
export async function restored(file: string, args: string[] = []): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'restored')
  const { code, printed } = await command(
    ['restore', file, '--into', folder, ...args],
    await temporaryFolder(),
  )
  expect([code, printed]).toEqual([0, expect.stringContaining(`${folder} is restored.`)])
  return folder
}

/** Holds a program over a restored folder against what the busy one had acknowledged, and what its readers saw. */
export async function holdsAll(
  restoredProgram: Program,
  { emails, codenames, articles }: Acknowledged,
  states: Record<string, string>[],
): Promise<void> {
  const { url } = restoredProgram
  const list = path.join(await temporaryFolder(), 'readers.csv')
  await command(['newsletter', 'export', list], restoredProgram.dataDir)
  const readers = readFileSync(list, 'utf8')
  expect(emails.filter(email => !readers.includes(`${email},`))).toEqual([])
  for (const codename of codenames) expect((await post(url, '/tips/return', { codename })).status).toBe(200)
  for (const address of articles)
    expect([address, (await fetch(url + address)).status]).toEqual([address, 200])
  const pages = await pagesOf(url)
  // Of one moment all of them: that of one publication, or of none.
  expect(states).toContainEqual(pages)
}

async function post(url: string, address: string, fields: Record<string, string>, cookie = '') {
  const { payload, headers } = form(fields)
  return fetch(url + address, {
    method: 'POST',
    body: payload,
    headers: { ...headers, cookie },
    redirect: 'manual',
  })
}

/** Makes an account at the shell, and signs in to it. */
export async function ownerOf({ url, dataDir }: Pick<Program, 'url' | 'dataDir'>): Promise<Colleague> {
  await command(['staff', 'add', owner.email, '--role', 'owner', '--password-stdin'], dataDir, owner.password)
  return signIn(url)
}

async function signIn(url: string): Promise<Colleague> {
  const entered = await post(url, '/admin/sign-in', owner)
  const cookie = entered.headers
    .getSetCookie()
    .map(line => line.split(';')[0])
    .join('; ')
  const answerOf = async (response: Response) =>
    ({
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }) as unknown as LightMyRequestResponse
  const get = async (address: string) =>
    answerOf(await fetch(url + address, { headers: { cookie }, redirect: 'manual' }))
  const token = async () => /name="csrf" value="([^"]+)"/.exec((await get('/admin')).body)?.[1] ?? ''
  const csrf = await token()
  return {
    id: '',
    cookie,
    get,
    token,
    post: async (address, fields = {}, headers = {}) => {
      const entries = Array.isArray(fields) ? fields : Object.entries(fields)
      const { payload, headers: type } = form([...entries, ['csrf', csrf]])
      return answerOf(
        await fetch(url + address, {
          method: 'POST',
          body: payload,
          headers: { ...type, cookie, ...headers },
          redirect: 'manual',
        }),
      )
    },
  }
}

/** Looks through both databases of a folder. */
export function bothAreWhole(dataDir: string): void {
  for (const name of ['site.db', 'tips/tips.db']) {
    const db = new Sqlite(path.join(dataDir, name))
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    db.close()
  }
}
