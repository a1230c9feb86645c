import { expect, test } from 'vitest'
import { z } from 'zod'
import { uuids } from '../../src/foundation/clock.js'
import { type Database, sql } from '../../src/foundation/database.js'
import { createDates } from '../../src/foundation/dates.js'
import type { Audience } from '../../src/newsletter/delivery/schema.js'
import { type DigestKind, lastDue, nextDue } from '../../src/newsletter/digests/periods.js'
import type { DigestContent, Sender } from '../../src/newsletter/digests/schema.js'
import { digestsService } from '../../src/newsletter/digests/service.js'
import {
  changeNewsletterSettings,
  type NewsletterSettings,
  newsletterSettings,
} from '../../src/newsletter/settings.js'
import { type Newsroom, openNewsroom } from '../support/newsroom.js'
import { movableClock } from '../support/press.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const settingsOf = (given: Partial<NewsletterSettings> = {}): NewsletterSettings => ({
  daily: { on: true, hour: 7 },
  weekly: { on: false, weekday: 6, hour: 8 },
  countClicks: false,
  ...given,
})

interface Sent {
  kind: DigestKind
  content: DigestContent
  audience: Audience
}

/** Keeps digests as issues, so that they can be told from what was sent before. */
function issueKeeper(press: Newsroom, readers = 1) {
  const sent: Sent[] = []
  const sender: Sender = {
    async sendNow(tx, content, audience, kind) {
      const id = uuids()
      await tx.run(
        sql`insert into issues (id, origin, status, created, changed) values (${id}, ${kind}, 'sent', '', '')`,
      )
      for (const [index, article] of content.articles.entries())
        await tx.run(sql`
          insert into issue_articles (issue_id, article_id, position, form)
          values (${id}, ${article.id}, ${index}, ${article.form})`)
      sent.push({ kind, content, audience })
      return id
    },
    countAudience: async () => readers,
    wake: () => undefined,
  }
  const open = (clock: () => Date, db: Database = press.db) =>
    digestsService({
      ...{ db, clock, sender, site: press.site, articles: press.articles },
      ...{ log: press.http.log, siteUrl: 'https://courier.example' },
    })
  return { sent, open }
}

async function newsroomWith(settings: NewsletterSettings, start: string, timeZone = 'UTC') {
  const time = movableClock(start)
  const press = await openNewsroom({}, { clock: time.clock })
  const { identity } = await press.site.site()
  await press.site.saveIdentity({ ...identity, timeZone })
  await press.db.transaction(tx => changeNewsletterSettings(tx, settings))
  const published = (title: string, given: { section?: string } = {}) =>
    press.publish({ title, published: time.clock().toISOString(), ...given })
  return { press, ...time, published }
}

test('the daily digest holds what is new, the newest first, once a day, and none goes out when nothing is', async () => {
  const { press, clock, advance, published } = await newsroomWith(settingsOf(), '2021-03-02T06:00:00Z')
  const { sent, open } = issueKeeper(press)
  const digests = open(clock)
  await published('An old one')
  await digests.makeDue()
  sent.splice(0)
  await published('The first')
  advance(HOUR / 2)
  await published('The second', { section: 'press' })
  await digests.makeDue()
  expect(sent).toEqual([])

  advance(HOUR)
  await digests.makeDue()
  await digests.makeDue()
  expect(sent.map(({ content }) => content.subject)).toEqual(['The second, and 1 more'])
  expect(sent[0]?.content).toMatchObject({
    preheader: 'The first',
    articles: [{ form: 'dek' }, { form: 'dek' }],
  })
  expect(sent[0]?.audience.frequency).toBe('daily')
  expect(sent[0]?.audience.sections).toHaveLength(2)

  advance(DAY)
  await digests.makeDue()
  expect(sent).toHaveLength(1)
  await published('The third')
  await digests.makeDue()
  expect(sent).toHaveLength(1)
  advance(DAY)
  await digests.makeDue()
  expect(sent.map(({ content }) => content.subject)).toEqual(['The second, and 1 more', 'The third'])
})

test('two programs on one database make one digest between them', async () => {
  const { press, clock, published } = await newsroomWith(settingsOf(), '2021-03-02T08:00:00Z')
  const { sent, open } = issueKeeper(press)
  await published('News')
  const both = [open(clock), open(clock)]
  await Promise.all(both.map(digests => digests.makeDue()))
  expect(sent).toHaveLength(1)
})

test('a digest that cannot be sent leaves nothing behind, and is made by the next round', async () => {
  const { press, clock, published } = await newsroomWith(settingsOf(), '2021-03-02T08:00:00Z')
  const { sent, open } = issueKeeper(press)
  await published('News')
  const broken: Sender = {
    sendNow: () => Promise.reject(new Error('The disk is full.')),
    countAudience: async () => 1,
    wake: () => undefined,
  }
  const log = press.http.log
  const failing = digestsService({
    ...{ db: press.db, clock, sender: broken, site: press.site, articles: press.articles, log },
    siteUrl: 'https://courier.example',
  })
  await expect(failing.makeDue()).rejects.toThrow('The disk is full.')
  await open(clock).makeDue()
  expect(sent).toHaveLength(1)
})

test('after days of standing still there is one late digest, with all that was published meanwhile', async () => {
  const { press, clock, advance, published } = await newsroomWith(settingsOf(), '2021-03-02T06:00:00Z')
  const { sent, open } = issueKeeper(press)
  await open(clock).makeDue()
  for (const title of ['One', 'Two', 'Three']) {
    advance(DAY)
    await published(title)
  }
  advance(2 * HOUR)
  await open(clock).makeDue()
  await open(clock).makeDue()
  expect(sent.map(({ content }) => content.subject)).toEqual(['Three, and 2 more'])
})

test('a clock that jumps ahead and back sends no article twice and loses none', async () => {
  const { press, clock, advance, published } = await newsroomWith(settingsOf(), '2021-03-02T08:00:00Z')
  const { sent, open } = issueKeeper(press)
  await published('Before')
  await open(clock).makeDue()
  advance(40 * DAY)
  await open(clock).makeDue()
  advance(-40 * DAY)
  await published('After')
  await open(clock).makeDue()
  advance(DAY)
  await open(clock).makeDue()
  expect(sent.map(({ content }) => content.subject)).toEqual(['Before', 'After'])
  expect(await reachOf(press)).toContain('2021-03-03')
})

test('what a scheduled article should be in by the clock is in, even when both come late', async () => {
  const { press, clock, advance, published } = await newsroomWith(settingsOf(), '2021-03-02T08:00:00Z')
  const { sent, open } = issueKeeper(press)
  await open(clock).makeDue()
  await published('Here already')
  advance(DAY)
  const later = new Date(clock().getTime() - 2 * HOUR).toISOString()
  await press.publish({ title: 'Was due', status: 'scheduled', published: later })
  await open(clock).makeDue()
  expect(sent[0]?.content.articles).toHaveLength(2)
})

test('more than thirty articles are cut to thirty, with the way to the archive; nobody to send to means no issue', async () => {
  const { press, clock, published } = await newsroomWith(settingsOf(), '2021-03-02T08:00:00Z')
  for (let count = 0; count < 32; count++) await published(`Number ${count}`)
  const nobody = issueKeeper(press, 0)
  await press.db.run(sql`delete from digest_runs`)
  await nobody.open(clock).makeDue()
  expect(nobody.sent).toEqual([])
  await press.db.run(sql`delete from digest_runs`)
  const { sent, open } = issueKeeper(press)
  await open(clock).makeDue()
  expect(sent[0]?.content.articles).toHaveLength(30)
  expect(sent[0]?.content.outro).toContain('https://courier.example/archive')
})

test('after a restore what was due stays unsent, and the next digest goes on from there', async () => {
  const { press, clock, advance, published } = await newsroomWith(settingsOf(), '2021-03-02T06:00:00Z')
  const { sent, open } = issueKeeper(press)
  const digests = open(clock)
  await digests.makeDue()
  await published('Perhaps mailed already')
  advance(3 * HOUR)
  expect(await press.db.transaction(tx => digests.holdOverdue(tx))).toBe(1)
  expect(await press.db.transaction(tx => digests.holdOverdue(tx))).toBe(0)
  await digests.makeDue()
  expect(sent).toEqual([])
  await published('Surely new')
  advance(DAY)
  await digests.makeDue()
  expect(sent.map(({ content }) => content.subject)).toEqual(['Surely new'])
})

test('a digest that is switched on after its hour waits for the next', async () => {
  const off = settingsOf({ daily: { on: false, hour: 7 } })
  const { press, clock, advance, published } = await newsroomWith(off, '2021-03-02T09:00:00Z')
  const { sent, open } = issueKeeper(press)
  const digests = open(clock)
  await published('News')
  await press.db.transaction(async tx => {
    const old = await newsletterSettings(tx)
    await changeNewsletterSettings(tx, settingsOf())
    await digests.settle(tx, old, settingsOf())
  })
  await digests.makeDue()
  expect(sent).toEqual([])
  advance(DAY)
  await digests.makeDue()
  expect(sent).toHaveLength(1)
})

test('times are those of the site’s zone, whatever its clocks do', () => {
  const daily = (hour: number) => settingsOf({ daily: { on: true, hour } })
  const due = (zone: string, hour: number, now: string) =>
    lastDue('daily', daily(hour), createDates('en', zone), now)
  // Put forward over the hour: it goes out when clocks show the next time there is.
  expect(due('America/New_York', 2, '2021-03-14T12:00:00Z')).toEqual({
    name: '2021-03-14',
    due: '2021-03-14T07:00:00.000Z',
  })
  expect(due('Australia/Lord_Howe', 2, '2021-10-03T12:00:00Z')).toMatchObject({
    due: '2021-10-02T15:30:00.000Z',
  })
  // Put back to it: the first of the two.
  expect(due('America/New_York', 1, '2021-11-07T12:00:00Z')).toEqual({
    name: '2021-11-07',
    due: '2021-11-07T05:00:00.000Z',
  })
  expect(due('Europe/Paris', 2, '2021-10-31T12:00:00Z')).toMatchObject({ due: '2021-10-31T00:00:00.000Z' })
  // A day that was left out has none; the days beside it have theirs.
  expect(due('Pacific/Apia', 7, '2011-12-30T16:59:00Z')?.name).toBe('2011-12-29')
  expect(due('Pacific/Apia', 7, '2011-12-30T17:00:00Z')?.name).toBe('2011-12-31')
  expect(nextDue('daily', daily(7), createDates('en', 'Asia/Kathmandu'), '2021-03-02T01:14:00Z')?.due).toBe(
    '2021-03-02T01:15:00.000Z',
  )

  const weekly = settingsOf({ weekly: { on: true, weekday: 6, hour: 8 } })
  const week = (now: string) => lastDue('weekly', weekly, createDates('en', 'Europe/Berlin'), now)
  expect(week('2021-03-28T00:00:00Z')).toEqual({ name: '2021-W12', due: '2021-03-27T07:00:00.000Z' })
  expect(week('2021-04-03T05:59:00Z')?.name).toBe('2021-W12')
  expect(week('2021-04-03T06:00:00Z')).toEqual({ name: '2021-W13', due: '2021-04-03T06:00:00.000Z' })
  expect(week('2021-01-02T12:00:00Z')?.name).toBe('2020-W53')
})

async function reachOf(press: Newsroom): Promise<string> {
  const rows = z
    .array(z.object({ period: z.string() }))
    .parse(await press.db.all(sql`select period from digest_runs limit 10`))
  return rows.map(({ period }) => period).join(' ')
}
