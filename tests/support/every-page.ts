import { readdir, readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders, Server } from 'node:http'
import path from 'node:path'
import type { InjectOptions } from 'fastify'
import { simpleParser } from 'mailparser'
import { openSqlite } from '../../src/foundation/sqlite.js'
import type { Tip } from '../../src/tips/store/index.js'
import { idsOf } from '../newsletter/written-issue.js'
import { openSampleEdition } from './edition.js'
import { inTipStore, putReply } from './kept-tips.js'
import { form, openPress, type Press } from './press.js'
import { freePort } from './program.js'

export interface ShownPage {
  /** fit for a file name */
  name: string
  html: string
  status: number
  headers: OutgoingHttpHeaders
}

const lead = '/articles/zoom-executive-charged-over-tiananmen-meetings'

/** Every page template in every state that it is designed for, as the sample edition shows it. */
export async function everyPage(): Promise<{ pages: ShownPage[]; origin: string; server: Server }> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const press = await openSampleEdition({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
  await press.http.listen({ port, host: '127.0.0.1' })
  const pages: ShownPage[] = []
  const show = async (name: string, expected: number, request: Shown) => {
    const { press: other, ...options } = typeof request === 'string' ? { url: request } : request
    const { statusCode, body, headers } = await (other ?? press).http.inject(options)
    if (statusCode !== expected)
      throw new Error(`${name} answered ${statusCode} instead of ${expected}: ${body.slice(-2_000)}`)
    pages.push({ name, html: body, status: statusCode, headers })
    return body
  }
  await readersPages(show)
  await newsletterPages(show, press)
  await tipPages(show, press)
  await staffPages(show, press)
  await problemPages(show, press)
  return { pages, origin, server: press.http.server }
}

/** A page's address, or a whole request, to another press where one is named. */
type Shown = string | (InjectOptions & { press?: Press })
type Show = (name: string, expected: number, request: Shown) => Promise<string>

async function readersPages(show: Show): Promise<void> {
  await show('front-page', 200, '/')
  await show('article', 200, lead)
  await show('section', 200, '/sections/press')
  await show('tag', 200, '/tags/encryption')
  await show('author', 200, '/authors/staff')
  const archive = await show('archive', 200, '/archive')
  await show('archive-page-2', 200, /rel="next" href="([^"]+)"/.exec(archive)?.[1] ?? '')
  await show('month', 200, '/archive/2020/12')
  await show('corrections', 200, '/corrections')
  await show('standing-page', 200, '/pages/about')
  await show('search', 200, '/search')
  await show('search-results', 200, '/search?q=encryption')
  await show('search-nothing', 200, '/search?q=xyzzy')
  await show('contribute', 200, '/contribute')
  await show('not-found', 404, '/nowhere')
  await show('invalid', 422, '/archive?before=x')
}

async function newsletterPages(show: Show, press: Press): Promise<void> {
  await show('newsletter', 200, '/newsletter')
  await show('newsletter-issues-none', 200, '/newsletter/issues')
  const [slug, other] = ['backups-that-restore', lead.slice('/articles/'.length)]
  await press.db.transaction(async tx => {
    const [full = '', dek = ''] = await idsOf(press, slug, other)
    const content = {
      ...{
        subject: 'The week in locks',
        preheader: 'And keys.',
        intro: 'Good *morning*.',
        outro: 'Until then.',
      },
      articles: [
        { id: full, form: 'full' as const },
        { id: dek, form: 'dek' as const },
      ],
    }
    const everybody = { frequency: null, sections: [] }
    await press.newsletter.issues.sending.sendNow(tx, content, everybody, 'desk')
  })
  await show('newsletter-issues', 200, '/newsletter/issues')
  await show('newsletter-issue', 200, '/newsletter/issues/the-week-in-locks')
  await show('newsletter-rejected', 422, { method: 'POST', url: '/newsletter', ...form({ email: 'nobody' }) })
  await show('newsletter-sent', 200, {
    method: 'POST',
    url: '/newsletter',
    ...form({ email: 'reader@example.org' }),
  })
  await press.newsletter.reception.workOff()
  await press.mail.deliverDue()
  const [mail = ''] = await sentMails(press)
  const confirm = /\/newsletter\/confirm\/[\w-]+/.exec(mail)?.[0] ?? ''
  const leave = /\/newsletter\/unsubscribe\/[\w-]+/.exec(mail)?.[0] ?? ''
  await show('newsletter-confirm', 200, confirm)
  await show('newsletter-confirmed', 200, { method: 'POST', url: confirm, ...form({}) })
  await show('newsletter-expired', 404, '/newsletter/confirm/no-such-token-as-this-one')
  const own = /\/newsletter\/preferences\/[\w-]+/.exec(mail)?.[0] ?? ''
  await show('newsletter-own', 200, own)
  await show('newsletter-own-saved', 200, { method: 'POST', url: own, ...form({ frequency: 'daily' }) })
  const wrong = form({ name: 'x'.repeat(101), sections: 'nowhere' })
  await show('newsletter-own-rejected', 422, { method: 'POST', url: own, ...wrong })
  await show('newsletter-own-address', 422, {
    method: 'POST',
    url: `${own}/address`,
    ...form({ email: 'x' }),
  })
  await movePages(show, press, own)
  await show('newsletter-erase', 200, `${own}/erasure`)
  await show('newsletter-leave', 200, leave)
  await show('newsletter-left', 200, { method: 'POST', url: leave, ...form({}) })
  await show('newsletter-own-left', 200, own)
  await show('newsletter-back', 200, { method: 'POST', url: `${leave}/mistake`, ...form({}) })
  await show('newsletter-erased', 200, { method: 'POST', url: `${own}/erasure`, ...form({}) })
}

/** A reader wants the mail elsewhere; the page after that is a link to the own page at the new address. */
async function movePages(show: Show, press: Press, own: string): Promise<void> {
  await show('newsletter-own-moving', 200, {
    ...{ method: 'POST', url: `${own}/address` },
    ...form({ email: 'other@example.org' }),
  })
  await press.mail.deliverDue()
  const move = /\/newsletter\/move\/[\w-]+/.exec((await sentMails(press)).at(-1) ?? '')?.[0] ?? ''
  await show('newsletter-move', 200, move)
}

async function tipPages(show: Show, press: Press): Promise<void> {
  await show('tips', 200, '/tips')
  await show('tips-rejected', 422, { method: 'POST', url: '/tips', ...form({ message: '' }) })
  const received = await show('tips-received', 200, {
    method: 'POST',
    url: '/tips',
    ...form({ message: 'Something happened.' }),
  })
  const codename = /id="codename"[^>]*>([^<]+)</.exec(received)?.[1] ?? ''
  await show('tips-what-we-hold', 200, '/tips/what-we-hold')
  await show('tips-return', 200, '/tips/return')
  await show('tips-unknown', 422, {
    method: 'POST',
    url: '/tips/return',
    ...form({ codename: 'no such words at all here' }),
  })
  await show('tips-not-found', 404, '/tips/nowhere')
  const { id: tipId, sourceKey: recipient } = await inTipStore(press.dataDir, async tips => {
    const [tip] = await tips.list(1, {})
    return tip as Tip
  })
  const message = 'Thank you.\n\nWhere are the others?'
  await putReply(press.dataDir, { tipId, batch: 2, recipient, message })
  await show('tips-status', 200, { method: 'POST', url: '/tips/return', ...form({ codename }) })
  await inTipStore(press.dataDir, tips => tips.pin(tipId))
  const again = (url: string, fields: Record<string, string>) => ({
    ...{ method: 'POST' as const, url: `/tips/return${url}` },
    ...form({ codename, ...fields }),
  })
  await show('tips-added', 200, again('/messages', { message: 'They are here.' }))
  await show('tips-not-added', 422, again('/messages', { message: '', contact: 'by mail' }))
  await show('tips-not-erased', 422, again('/erasure', {}))
  await show('tips-left', 200, again('/ending', {}))
  await show('tips-ended', 422, again('/messages', { codename: '', message: 'Typed for an hour.' }))
  await show('tips-erased', 200, again('/erasure', { certain: 'yes' }))
}

async function staffPages(show: Show, press: Press): Promise<void> {
  const link = (await press.staff.setupLink()) ?? ''
  const setup = link.slice(link.indexOf('/admin'))
  await show('setup', 200, setup)
  const owner = { name: 'Ada Owner', email: 'ada@example.org', password: 'seven horses on a green hill' }
  await show('setup-rejected', 422, { method: 'POST', url: setup, ...form({ ...owner, password: 'short' }) })
  await press.http.inject({ method: 'POST', url: setup, ...form({ ...owner, repeat: owner.password }) })
  await show('sign-in', 200, '/admin/sign-in')
  await show('sign-in-rejected', 422, {
    method: 'POST',
    url: '/admin/sign-in',
    ...form({ email: owner.email, password: 'wrong' }),
  })
  const entered = await press.http.inject({ method: 'POST', url: '/admin/sign-in', ...form(owner) })
  const [cookie] = entered.cookies
  await show('desk', 200, { url: '/admin', cookies: { [cookie?.name ?? '']: cookie?.value ?? '' } })
}

/** The pages for what has gone, for what comes too often, and for what breaks on our side, which comes last. */
async function problemPages(show: Show, press: Press): Promise<void> {
  await press.articles.desk.submit({
    ...{
      title: 'Taken back',
      dek: '',
      slug: 'taken-back',
      section: 'press',
      tags: [],
      authors: [],
      body: '',
    },
    ...{
      status: 'withdrawn',
      withdrawnReason: 'A court ordered it.',
      quickNote: true,
      formerSlugs: [],
      corrections: [],
    },
  })
  await show('gone', 410, '/articles/taken-back')
  const strict = await openPress()
  // Not from loopback, from where all come who use Tor: they share a larger measure.
  const knock = {
    ...{ method: 'POST' as const, remoteAddress: '192.0.2.7' },
    ...form({ message: '', email: '' }),
  }
  for (let count = 0; count < 10; count++) {
    await strict.http.inject({ ...knock, url: '/tips' })
    await strict.http.inject({ ...knock, url: '/newsletter' })
  }
  await show('too-many', 429, { press: strict, ...knock, url: '/newsletter' })
  const typed = { press: strict, ...knock, ...form({ message: 'Typed for an hour.' }) }
  await show('tips-too-many', 429, { ...typed, url: '/tips' })
  await show('tips-too-many-added', 429, { ...typed, url: '/tips/return/messages' })
  await inTipStore(strict.dataDir, async tips => {
    for (const recipient of await tips.recipients()) await tips.removeRecipient(recipient)
  })
  await show('tips-closed', 503, { press: strict, url: '/tips' })
  const db = openSqlite(path.join(press.dataDir, 'site.db'))
  await db.script('drop table front_page')
  await db.close()
  await show('broken', 500, '/')
}

async function sentMails({ dataDir }: Press): Promise<string[]> {
  const folder = `${dataDir}/outbox`
  const files = (await readdir(folder)).filter(name => name.endsWith('.eml')).sort()
  return Promise.all(
    files.map(async name => (await simpleParser(await readFile(`${folder}/${name}`))).text ?? ''),
  )
}
