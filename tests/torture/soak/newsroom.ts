import { randomBytes } from 'node:crypto'
import { colleagueAt } from '../../bench/editor.js'
import { openBench } from '../../bench/open-bench.js'
import { pause } from '../../bench/server.js'
import { addReaders } from '../../newsletter/ledger.js'
import { readyIssue, sendIssue } from '../../newsletter/written-issue.js'
import { newArticle, save } from '../../support/manuscripts.js'
import { multipart } from '../../support/tips.js'

const owner = { email: 'ada@example.org', password: 'seven horses on a green hill' }
const SUBSCRIBERS = 200

const pages = [
  ...['/admin', '/admin/articles', '/admin/articles?q=archive&status=published', '/admin/media'],
  ...['/admin/newsletter', '/admin/newsletter/readers?q=reader', '/admin/tips'],
  ...[
    '/admin/front-page',
    '/admin/audit',
    '/admin/people',
    '/admin/redirects',
    '/admin/backups',
    '/admin/account',
  ],
]

/** An owner and readers of the newsletter, before the program is started. */
export async function settle(dataDir: string): Promise<void> {
  const app = await openBench(dataDir)
  await app.staff.addAccount({ ...owner, name: 'Ada', role: 'owner' })
  await addReaders(app.db, SUBSCRIBERS)
  await app.http.close()
}

/** Somebody who looks through the desk, saves each second and publishes what was saved each half minute, and a source each five. */
export async function openNewsroom(url: string) {
  const editor = await colleagueAt(url, owner)
  const article = await newArticle(editor)
  await save(editor, article, { title: 'The day', body: 'It begins.', slug: 'the-day' })
  await editor.post(`/admin/articles/${article}/publish`, { confirm: 'yes' })
  let over = false
  let done = 0
  const again = async (apart: number, deed: (time: number) => Promise<unknown>) => {
    for (let time = 0; !over; time++) {
      await Promise.all([deed(time), pause(apart)])
      done += 1
    }
  }
  const looking = async (time: number) => {
    const { statusCode: status } = await editor.get(pages[time % pages.length] ?? '/admin')
    if (status !== 200) throw new Error(`${pages[time % pages.length]} was answered ${status}`)
  }
  const writing = async (time: number) => {
    await save(editor, article, { body: `It is second ${time}.` })
    if (time % 30 === 9) await editor.post(`/admin/articles/${article}/update`, { kind: 'minor' })
  }
  const everything = Promise.all([
    again(200, looking),
    again(1_000, writing),
    again(5_000, () => sendTip(url)),
  ])
  everything.catch(() => undefined)
  return {
    /** How many deeds there were. */
    done: () => done,
    /** What is done a few times a day: signing in, an issue to all subscribers; and twice a day a backup. */
    async seldom(tenth: number): Promise<void> {
      await colleagueAt(url, owner)
      await sendIssue(editor, await readyIssue(editor))
      if (tenth % 5 === 2) await editor.post('/admin/backups')
    },
    /** @throws what went wrong meanwhile */
    async goHome(): Promise<void> {
      over = true
      await everything
    },
  }
}

/** A tip by a browser without scripts, so that the program seals it and makes the codename. */
async function sendTip(url: string): Promise<void> {
  const { payload, headers } = multipart({ message: `What was seen. ${randomBytes(8).toString('hex')}` })
  const answer = await fetch(`${url}/tips`, { method: 'POST', headers, body: new Uint8Array(payload) })
  if (answer.status !== 200) throw new Error(`A tip was answered ${answer.status}`)
  await answer.arrayBuffer()
}
