import sharp from 'sharp'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { idsOf } from '../newsletter/written-issue.js'
import { type Colleague, colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { movableClock, openPress } from '../support/press.js'
import { letReadersIn } from '../support/raw-http.js'

/** Every kind of page that readers share; some are there only once a change has made them. */
const pages = [
  ...['/', '/articles/story-1', '/articles/story-2', '/articles/ink-is-dear', '/articles/dear-ink'],
  ...['/sections/security', '/sections/locks', '/tags/ink', '/tags/inks', '/tags/paper', '/authors/staff'],
  ...['/archive', '/archive?before=2020-11-02T00:00:00.000Z~x', '/archive/2020/11', '/corrections'],
  ...['/pages/about', '/contribute', '/newsletter/issues', '/newsletter/issues/the-week'],
  ...['/feed.xml', '/atom.xml', '/feed.json', '/sections/security/feed.xml', '/tags/ink/atom.xml'],
  ...['/authors/staff/feed.json', '/corrections/feed.xml', '/newsletter/issues/feed.json'],
  ...['/sitemap.xml', '/sitemap-pages.xml', '/sitemap-articles-2020-11-1.xml', '/robots.txt', '/humans.txt'],
]

/** A newsroom that readers reach as they do in earnest, by the door where pages are kept. */
async function openDoor() {
  const { clock, advance } = movableClock()
  const press = await openNewsroom({ RATE_LIMITS: 'off' }, { clock })
  const origin = `http://127.0.0.1:${await letReadersIn(press)}`
  const atDoor = async (url: string): Promise<Shown> => {
    const answer = await fetch(origin + url, {
      redirect: 'manual',
      headers: { 'accept-encoding': 'identity' },
    })
    return shown(answer.status, Object.fromEntries(answer.headers), await answer.text())
  }
  // What is injected does not come in by the door, and is made anew each time.
  const anew = async (url: string): Promise<Shown> => {
    const { statusCode, headers, body } = await press.http.inject(url)
    return shown(statusCode, headers as Record<string, string>, body)
  }
  return { press, advance, atDoor, anew }
}

type Shown = ReturnType<typeof shown>

function shown(status: number, headers: Record<string, string>, body: string) {
  const {
    etag,
    location,
    'content-type': type,
    'cache-control': cache,
    'content-security-policy': policy,
  } = headers
  // Each error page has a number of its own.
  return { status, etag, location, type, cache, policy, body: status === 200 ? body : '' }
}

/** A tall picture, of which a card shows a part. */
async function picture(mean: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean, sigma: 30 } as const
  return sharp({ create: { width: 300, height: 900, channels: 3, noise, background: '#000' } })
    .png()
    .toBuffer()
}

interface Change {
  press: Newsroom
  editor: Colleague
  advance: (milliseconds: number) => void
}

/** Each way in which something that readers see changes, in an order in which each finds what it needs. */
const changes: Record<string, (given: Change) => Promise<unknown>> = {
  'an import': ({ press }) =>
    press.publish({ slug: 'story-1', title: 'Another title', body: '![](lock.png)\n' }),
  'a picture that a text named before it came': async ({ press }) =>
    press.media.add('lock.png', await picture(90)),
  'AVIF files': ({ press }) => press.media.makeWaiting(),
  'a replaced picture': async ({ press }) => press.media.add('lock.png', await picture(160)),
  'a picture above an article': async ({ press, editor }) => {
    const media = await lockOf(press, editor)
    return press.publish({ slug: 'story-1', hero: { media, alt: 'A lock', caption: '', credit: '' } })
  },
  'the part of a picture that counts': async ({ press, editor }) => {
    const fields = { alt: 'Blue', caption: '', credit: '', licence: '', focalX: '50', focalY: '0' }
    expect((await editor.post(`/admin/media/${await lockOf(press, editor)}`, fields)).statusCode).toBe(303)
  },
  'a published draft': async ({ editor }) => {
    const fields = {
      title: 'Ink is dear',
      dek: 'It costs.',
      body: 'A litre of it.\n',
      tags: 'ink',
      slug: 'ink-is-dear',
    }
    const id = await newArticle(editor)
    await save(editor, id, fields)
    expect((await editor.post(`/admin/articles/${id}/publish`, { confirm: 'yes' })).statusCode).toBe(303)
  },
  'an update that moves the article': async given => {
    const { editor } = given
    const id = await idOf(given, 'ink-is-dear')
    await save(editor, id, { title: 'Dear ink', slug: 'dear-ink' })
    await editor.post(`/admin/articles/${id}/update`, { kind: 'substantive', reason: 'The mill answered.' })
  },
  'a correction': async given =>
    given.editor.post(`/admin/articles/${await idOf(given, 'dear-ink')}/corrections`, {
      wrong: 'A.',
      right: 'B.',
    }),
  'a correction that is taken back': async given => {
    const list = `/admin/articles/${await idOf(given, 'dear-ink')}/corrections`
    const [, correction] = /corrections\/([0-9a-f-]{36})/.exec((await given.editor.get(list)).body) ?? []
    await given.editor.post(`${list}/${correction}/removal`)
  },
  'a withdrawal': async given =>
    given.editor.post(`/admin/articles/${await idOf(given, 'dear-ink')}/withdraw`, {
      withdrawnReason: 'A court.',
    }),
  'the trash': async given => given.editor.post(`/admin/articles/${await idOf(given, 'story-2')}/trash`),
  'what comes out of the trash': async given =>
    given.editor.post(`/admin/articles/${await idOf(given, 'story-2')}/restore`),
  'the schedule': async ({ press, editor, advance }) => {
    const id = await newArticle(editor)
    await save(editor, id, { title: 'Planned', dek: 'A plan.', body: 'Later.\n', tags: 'ink' })
    await editor.post(`/admin/articles/${id}/schedule`, { at: '2021-01-05T09:00', confirm: 'yes' })
    advance(2 * 86_400_000)
    await press.articles.schedule.publishDue()
  },
  'the order of the front page': ({ press }) => press.articles.desk.saveFrontPage(['story-1']),
  'a renamed section': async ({ press, editor }) => {
    const sections = await press.articles.reading.sections()
    const id = sections.find(({ slug }) => slug === 'security')?.id ?? ''
    await press.articles.terms.saveSection(actor(editor), id, {
      name: 'Locks',
      slug: 'locks',
      description: '',
    })
  },
  'a renamed tag': async ({ press, editor }) => {
    const { id } = await press.articles.reading.tag('ink')
    await press.articles.terms.saveTag(actor(editor), id, { name: 'Inks', slug: 'inks' })
  },
  'a merged tag': async ({ press, editor }) => {
    const paper = await press.articles.terms.addTag(actor(editor), { name: 'Paper', slug: 'paper' })
    const { id } = await press.articles.reading.tag('inks')
    await press.articles.terms.merge(actor(editor), 'tag', id, paper.id)
  },
  'an author’s profile': ({ press }) =>
    press.articles.desk.saveAuthor({
      ...{ slug: 'staff', name: 'The staff', bio: 'All of us.' },
      ...{ picture: null, pictureAlt: '', links: [] },
    }),
  'a standing page': ({ press }) =>
    press.site.saveStandingPage({ slug: 'about', title: 'About us', description: '', body: 'Ink.\n' }),
  'the site’s name': async ({ press }) => {
    const { identity } = await press.site.site()
    await press.site.saveIdentity({ ...identity, name: 'The Lock', accent: '#a02d1b' })
  },
  'ways to give': ({ press }) =>
    press.contributions.replaceWays([
      {
        kind: 'link',
        name: 'A card',
        url: 'https://give.example/',
        frequency: ['once'],
      },
    ]),
  'an issue that was sent': async ({ press }) => {
    const [id = ''] = await idsOf(press, 'story-1')
    const content = { subject: 'The week', preheader: 'And keys.', intro: 'Good *morning*.', outro: '' }
    const articles = [{ id, form: 'full' as const }]
    const everybody = { frequency: null, sections: [] }
    await press.db.transaction(tx =>
      press.newsletter.issues.sending.sendNow(tx, { ...content, articles }, everybody, 'desk'),
    )
  },
  'an issue that was called off before anybody got it': async ({ press, editor }) => {
    const { issueId } = await onlyMailing(press)
    await press.newsletter.delivery.cancel(actor(editor), issueId)
  },
  'a mail that was in a relay’s hands when its issue was called off': async ({ press }) => {
    await press.db.run(sql`update mailings set accepted = accepted + 1 where state = 'cancelled'`)
  },
  'a command, which is a process of its own': async ({ press }) => {
    const other = await openPress({ DATA_DIR: press.dataDir })
    await other.articles.desk.saveFrontPage(['story-2', 'story-1'])
    await other.http.close()
  },
}

test('after every kind of change, every page is at once as it would be made anew', async () => {
  const { press, advance, atDoor, anew } = await openDoor()
  for (let count = 0; count < 2; count++) await press.publish()
  const editor = await colleague(press, 'editor')
  const all = (ask: (url: string) => Promise<Shown>) => Promise.all(pages.map(ask))
  let before = await all(atDoor)
  for (const [name, change] of Object.entries(changes)) {
    // What every page shows is kept now; a change that nobody noted would go unseen.
    await change({ press, editor, advance })
    const [now, made] = [await all(atDoor), await all(anew)]
    expect(differing(now, made), name).toEqual([])
    expect(differing(now, before), `${name} changes no page`).not.toEqual([])
    before = now
  }
})

function differing(some: Shown[], others: Shown[]): string[] {
  return pages.filter((_, index) => JSON.stringify(some[index]) !== JSON.stringify(others[index]))
}

function actor({ id }: Colleague) {
  return { id, name: 'The editor', role: 'editor' as const }
}

async function idOf({ press }: Change, slug: string): Promise<string> {
  const row = (await press.db.get(sql`select id from articles where slug = ${slug}`)) as { id: string }
  return row.id
}

async function lockOf(press: Newsroom, editor: Colleague): Promise<string> {
  const everything = { q: '', show: 'all', type: '', before: undefined } as const
  const [found] = (await press.media.page(everything, actor(editor))).pictures
  return found?.item.id ?? ''
}

async function onlyMailing(press: Newsroom) {
  const [mailing] = await press.newsletter.delivery.status(undefined)
  if (!mailing) throw new Error('Nothing was mailed.')
  return mailing
}
