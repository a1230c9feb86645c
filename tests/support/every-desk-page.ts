import type { Server } from 'node:http'
import type { LightMyRequestResponse, RouteOptions } from 'fastify'
import { sql } from '../../src/foundation/database.js'
import { clicksRepository } from '../../src/newsletter/clicks/repository.js'
import { addReaders, dispatch } from '../newsletter/ledger.js'
import { idsOf, newIssue, readyIssue, sendIssue, versionOf } from '../newsletter/written-issue.js'
import { colleague, cookiesFor } from './desk.js'
import { openSampleEdition } from './edition.js'
import type { ShownPage } from './every-page.js'
import { keptIssue } from './issues.js'
import { keepTip } from './kept-tips.js'
import { save } from './manuscripts.js'
import { signUp } from './newsletter.js'
import type { Press } from './press.js'
import { freePort } from './program.js'

/** Every page that an owner finds by following the desk's links, and the forms that come back with problems. */
export async function everyDeskPage(): Promise<{
  pages: ShownPage[]
  origin: string
  server: Server
  /** routes of pages that no link led to */
  missed: string[]
  /** the session that the pages were made for */
  cookies: ReturnType<typeof cookiesFor>
  /** links that lead nowhere */
  dead: string[]
}> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const routes = new Set<string>()
  const note = ({ method, url }: RouteOptions) => {
    if ([method].flat().includes('GET') && url.startsWith('/admin')) routes.add(url.replace(/(.)\/$/, '$1'))
  }
  const press = await openSampleEdition(
    { PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' },
    { onRoute: note },
  )
  await press.http.listen({ port, host: '127.0.0.1' })
  const owner = await colleague(press, 'owner', 'Ada Owner')
  const { found, dead } = await walkDesk(owner, await prepareDesk(press, owner), routes)
  const rejected = await rejectedForms(
    [...found.values()].map(({ answer }) => answer),
    owner,
  )
  const pages = [...[...found].map(([state, { answer }]) => ({ state, answer })), ...rejected].map(
    ({ state, answer }, index) => ({
      name: `${String(index).padStart(3, '0')}${state.replace(/[^a-z0-9]+/gi, '-')}`,
      html: answer.body,
      status: answer.statusCode,
      headers: answer.headers,
    }),
  )
  const visited = new Set([...found.values()].map(({ address }) => patternOf(address, routes)))
  return {
    pages,
    origin,
    server: press.http.server,
    dead,
    cookies: cookiesFor(owner, origin),
    missed: [...routes].filter(route => !visited.has(route)).sort(),
  }
}

/**
 * Follows the desk's links, each kind of page once.
 * @param starts addresses to which no lasting link leads
 * @param routes patterns, by which pages are of one kind
 */
export async function walkDesk(owner: Colleague, starts: string[], routes: Set<string>) {
  const found = new Map<string, { address: string; answer: LightMyRequestResponse }>()
  const dead: string[] = []
  const queue = ['/admin', ...starts]
  for (let address = queue.shift(); address; address = queue.shift()) {
    const state = starts.includes(address) ? address : stateOf(address, routes)
    if (found.has(state)) continue
    const answer = await owner.get(address)
    if (answer.statusCode >= 400) dead.push(`${address} → ${answer.statusCode}`)
    if (answer.statusCode === 303) queue.push(String(answer.headers.location))
    if (answer.statusCode !== 200 || !String(answer.headers['content-type']).startsWith('text/html')) continue
    found.set(state, { address, answer })
    queue.push(...linksIn(answer.body))
  }
  return { found, dead }
}

/** Leaves something in every state that the desk shows. @returns addresses that are shown by no lasting link */
export async function prepareDesk(press: Press, owner: Colleague): Promise<string[]> {
  // Mail that waits since a restore.
  await signUp(press, { email: 'waiting@example.org' })
  await press.db.transaction(tx => press.mail.held.hold(tx))
  const made = await owner.post('/admin/articles')
  const draft = String(made.headers.location)
  const id = draft.slice(draft.lastIndexOf('/') + 1)
  await save(owner, id, { title: 'A first draft', body: 'One sentence.' })
  await save(owner, id, { title: 'A second draft', body: 'One sentence, and another.' })
  await owner.post('/admin/redirects', { from: '/old/address', to: '/articles/backups-that-restore' })
  await colleague(press, 'contributor', 'Carl Contributor')
  await press.articles.desk.submit(unfinished)
  await owner.post('/admin/newsletter/suppressions', { email: 'rung@example.org', note: 'She rang us.' })
  await press.newsletter.bounces.takeReport(
    Buffer.from('From: MAILER-DAEMON@mx.example\nSubject: Undeliverable\n\n550 5.1.1 User unknown\n'),
    { source: 'command' },
  )
  const parts = ['', '/publishing', '/preview', '/preview/page', '/revisions']
  const articles: string[] = []
  for (const status of ['published', 'scheduled', 'draft'])
    articles.push(firstArticle((await owner.get(`/admin/articles?status=${status}`)).body))
  const trashed = String((await owner.post('/admin/articles')).headers.location)
  await owner.post(`${trashed}/trash`)
  return [
    ...(await issuesInEveryState(press, owner)),
    await mailingUnderWay(press),
    ...(await issueAsReadersGetIt(press)),
    ...(await tipsInEveryState(press)),
    '/admin/account/confirm',
    '/admin/authors/mine',
    `${draft}/revisions`,
    `${draft}/revisions/compare?from=1&to=2`,
    trashed,
    ...articles.flatMap(address => parts.map(part => address + part)),
    `${articles[0]}/corrections`,
  ]
}

/** Issues that are empty, written, planned, held and sent. @returns their pages */
async function issuesInEveryState(press: Press, owner: Colleague): Promise<string[]> {
  await addReaders(press.db, 9)
  const words = { subject: 'The week in locks', preheader: 'And keys.', intro: 'Good *morning*.' }
  const articles = await idsOf(press, 'backups-that-restore')
  const [empty, draft, planned, held, sent] = [
    await newIssue(owner),
    await readyIssue(owner, { ...words, articles }),
    await readyIssue(owner, words),
    await readyIssue(owner, words),
    await readyIssue(owner, { ...words, articles }),
  ]
  for (const issue of [planned, held])
    await owner.post(`${issue}/schedule`, { at: '2098-01-01T09:00', version: await versionOf(owner, issue) })
  await press.db.run(sql`update issues set status = 'held' where id = ${held.slice(-36)}`)
  await sendIssue(owner, sent)
  const asked = [`${empty}/send`, `${draft}/send`, `${planned}/send`, `${draft}?q=tips`]
  return [empty, draft, planned, held, sent, ...asked]
}

/** An issue that was paused on its way, with mails that failed and mails that nobody knows of. @returns its page */
async function mailingUnderWay({ db, newsletter }: Press): Promise<string> {
  await addReaders(db, 9)
  const issue = await dispatch({ db, delivery: newsletter.delivery }, { number: 901 })
  await newsletter.delivery.deliverDue()
  await db.run(sql`
    update deliveries set state = case when subscriber_id like '%a%' then 'failed' else 'unknown' end,
      reason = '550 5.1.1 nobody here' where issue_id = ${issue}`)
  await db.run(sql`
    update mailings set state = 'paused', finished = null, accepted = 0, queued = 20, failed = 4, unknown = 5
    where issue_id = ${issue}`)
  return `/admin/newsletter/mailings/${issue}`
}

/** An issue that is sent, one of whose articles is cut, and whose links were opened. @returns what shows it */
async function issueAsReadersGetIt(press: Press): Promise<string[]> {
  const found = await press.articles.reading.newest({ kind: 'all' }, 14)
  const articles = found.map(({ id }) => ({ id, form: 'full' as const }))
  const id = await keptIssue(press, { number: 902, intro: 'Dear *readers*,', articles })
  await clicksRepository(press.db).add(id, 1, 'https://example.org/a-long-address/of-a-page')
  const address = `/admin/newsletter/issues/${id}`
  const empty = await keptIssue(press)
  return [
    ...['/preview', '/preview?show=text', '/clicks'].map(part => address + part),
    `/admin/newsletter/issues/${empty}/preview`,
  ]
}

/** Tips that are new, end soon, were answered or are pinned. @returns their pages */
async function tipsInEveryState({ dataDir }: Press): Promise<string[]> {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  const ids = [
    await keepTip(dataDir, { day: day(0), files: [{ name: 'a.txt', content: Buffer.from('a') }] }),
    await keepTip(dataDir, { day: day(86), state: 'read', assigned: 'somebody who has left' }),
    await keepTip(dataDir, { day: day(400), state: 'closed', pinned: true }),
  ]
  return ids.map(id => `/admin/tips/${id}`)
}

function firstArticle(list: string): string {
  return /\/admin\/articles\/[0-9a-f-]{36}/.exec(list)?.[0] ?? ''
}

const unfinished = {
  title: 'Scheduled with a picture that nobody described',
  dek: 'It waits for its time.',
  slug: 'it-waits',
  section: 'press',
  tags: ['tips'],
  authors: ['staff'],
  status: 'scheduled' as const,
  published: '2099-01-01T09:00:00.000Z',
  quickNote: true,
  formerSlugs: [],
  corrections: [],
  body: 'A text.\n',
}

type Colleague = Awaited<ReturnType<typeof colleague>>

/** Forms that come back because nothing was filled in, one for each address that a form posts to. */
async function rejectedForms(answers: LightMyRequestResponse[], owner: Colleague) {
  const rejected: { state: string; answer: LightMyRequestResponse }[] = []
  const tried = new Set<string>()
  for (const { body } of answers) {
    for (const [, action = '', inside = ''] of body.matchAll(
      /<form[^>]*method="post"[^>]*action="([^"?]+)"[^>]*>([\s\S]*?)<\/form>/g,
    )) {
      const kind = action.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
      if (tried.has(kind) || !/ required/.test(inside)) continue
      tried.add(kind)
      const answer = await owner.post(action)
      if (answer.statusCode === 422) rejected.push({ state: `${kind} rejected`, answer })
    }
  }
  return rejected
}

function linksIn(html: string): string[] {
  return [
    ...html.matchAll(/ href="(\/admin[^"#]*)/g),
    ...html.matchAll(/<iframe[^>]* src="(\/admin[^"#]*)/g),
  ].map(([, link = '']) => link.replaceAll('&amp;', '&'))
}

/** The route and the kinds of parameters: pages that differ in nothing else look alike. */
function stateOf(address: string, routes: Set<string>): string {
  const { pathname, searchParams } = new URL(address, 'http://desk')
  const given = [...searchParams]
    .filter(([name, value]) => value && !/^(sort|order|before|after)$/.test(name))
    .map(([name, value]) => (/^(state|status|show|view|tab|kind)$/.test(name) ? `${name}=${value}` : name))
  return [patternOf(pathname, routes), ...new Set(given)].join(' ')
}

function patternOf(address: string, routes: Set<string>): string {
  const { pathname } = new URL(address, 'http://desk')
  if (routes.has(pathname)) return pathname
  return (
    [...routes].find(route => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(pathname)) ?? pathname
  )
}
