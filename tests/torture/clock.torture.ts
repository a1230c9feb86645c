import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { addReaders } from '../newsletter/ledger.js'
import { readyIssue, versionOf } from '../newsletter/written-issue.js'
import { pause } from '../support/crowd.js'
import { colleague } from '../support/desk.js'
import { newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'
import { form, temporaryFolder } from '../support/press.js'
import { serveProgram } from '../support/program.js'
import { openRelay } from '../support/smtp.js'
import { ask, serveTogether } from '../support/workers.js'

const faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
const SECOND = 1_000
const READERS = 5
/** Jumps, and for how many seconds: forth for longer than scheduled work ever rests, so that some of it falls into that time. */
const jumps = { '+2d': 35, '-2d': 8 }

/** A newsroom with two articles and two issues that are planned: one of each soon, the other tomorrow. */
async function planned(dataDir: string) {
  const press = await openNewsroom({ DATA_DIR: dataDir })
  const editor = await colleague(press, 'editor')
  await addReaders(press.db, READERS)
  await press.publish({ title: 'There already', slug: 'there' })
  const soon = Date.now() + 105 * SECOND
  const tomorrow = Date.now() + 86_400 * SECOND
  const inWords = new Date(tomorrow + 86_400 * SECOND).toISOString().slice(0, 16)
  for (const [slug, due] of [
    ['soon', soon],
    ['tomorrow', tomorrow],
  ] as const) {
    const at = new Date(due).toISOString()
    const id = await newArticle(editor)
    await save(editor, id, { title: `It comes ${slug}`, body: 'A text.', slug })
    expect((await editor.post(`/admin/articles/${id}/schedule`, { at: inWords })).statusCode).toBe(303)
    await press.db.run(sql`update articles set published = ${at} where slug = ${slug}`)
    const issue = await readyIssue(editor, { subject: `Mailed ${slug}` })
    await editor.post(`${issue}/schedule`, { at: inWords, version: await versionOf(editor, issue) })
    await press.db.run(sql`update issues set send_at = ${at} where subject = ${`Mailed ${slug}`}`)
  }
  await press.http.close()
  return { soon, cookie: editor.cookie }
}

const missing = !existsSync(faketime)

test.skipIf(missing).each([1, 2])(
  '%i process(es): the clock jumps by two days, forth and back: nothing comes early, nothing twice, nobody is signed out (apt-get install faketime)',
  async workers => {
    const dataDir = await temporaryFolder()
    const { soon, cookie } = await planned(dataDir)
    const relay = await openRelay()
    const clock = path.join(await temporaryFolder(), 'clock')
    const set = (offset: string) => writeFile(clock, offset)
    await set('+0d')
    const environment = {
      ...{ DATA_DIR: dataDir, SMTP_URL: relay.url, RATE_LIMITS: 'off', LD_PRELOAD: faketime },
      ...{ FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' },
      ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' },
    }
    const program =
      workers === 1 ? await serveProgram(environment) : await serveTogether(workers, environment)
    const status = async (slug: string) => (await ask(`${program.url}/articles/${slug}`)).status
    const desk = async () => ask(`${program.url}/admin`, { headers: { cookie } })
    expect(await status('soon')).toBe(404)
    expect(soon - Date.now()).toBeGreaterThan(60 * SECOND)

    for (const [jump, seconds] of Object.entries(jumps)) {
      await set(jump)
      // Whoever came by while the clock was wrong finds the paper as it is.
      expect((await ask(`${program.url}/newsletter`, form({ email: `at${jump}@d.example` }))).status).toBe(
        200,
      )
      for (let second = 0; second < seconds; second++) {
        // Softly, here and below: a clock that is believed spoils pages first, and would hide what it does to mail.
        expect
          .soft([await status('there'), await status('soon'), await status('tomorrow')])
          .toEqual([200, 404, 404])
        await pause(SECOND)
      }
      const { status: shown, body } = await desk()
      expect.soft(shown).toBe(200)
      expect.soft(body).toContain('The clock of this machine jumped')
    }
    // What is due while the clock is wrong comes by the time that is right.
    await expect
      .poll(() => status('soon'), { timeout: soon - Date.now() + 40 * SECOND, interval: 500 })
      .toBe(200)
    expect.soft(Date.now()).toBeGreaterThanOrEqual(soon)
    await set('+0d')
    await pause(2 * SECOND)
    expect.soft((await desk()).body).not.toContain('The clock of this machine jumped')
    const inTime = () => mailed(relay.mails, 'Mailed soon').length
    await expect.poll(inTime, { timeout: 60 * SECOND }).toBeGreaterThanOrEqual(READERS)
    await set('+2d')
    await pause(jumps['+2d'] * SECOND)
    await set('+0d')
    await pause(5 * SECOND)
    expect.soft(new Set(mailed(relay.mails, 'Mailed soon')).size).toBe(READERS)
    expect.soft(mailed(relay.mails, 'Mailed soon')).toHaveLength(READERS)
    expect.soft(mailed(relay.mails, 'Mailed tomorrow')).toEqual([])
    const confirmations = relay.mails.filter(({ text }) => text?.includes('/newsletter/confirm/'))
    expect.soft(confirmations).toHaveLength(2)
    expect.soft([await status('soon'), await status('tomorrow')]).toEqual([200, 404])
    expect.soft(program.printed().match(/the clock jumped/g)?.length ?? 0).toBeGreaterThan(1)
    expect(await readFile(clock, 'utf8')).toBe('+0d')
  },
  400_000,
)

const mailed = (mails: { subject?: string | undefined; to?: unknown }[], wanted: string): string[] =>
  mails.filter(({ subject }) => subject === wanted).map(({ to }) => (to as { text: string }).text)
