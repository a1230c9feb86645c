import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import nodemailer from 'nodemailer'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { type Database, sql } from '../../src/foundation/database.js'
import { createLogger } from '../../src/foundation/log.js'
import { returnPath } from '../../src/mail/index.js'
import { issueMails } from '../../src/newsletter/delivery/mails.js'
import { marks } from '../../src/newsletter/letters/marks.js'
import { readerTokens } from '../../src/newsletter/tokens.js'

/**
 * Sends mails when it is told to, a line of standard input for each round, and answers with a line of JSON.
 * Arguments: `press` or `bare`, the relay, a file for a sample of the mail. A line is `{ frequency, most }`.
 */
const [mode = '', url = '', sample = ''] = process.argv.slice(2)

interface Order {
  frequency: 'every' | 'daily' | 'weekly' | null
  /** how many mails are sent of it */
  most: number
}

const round = mode === 'press' ? await press() : bare()
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await round(JSON.parse(line)))}\n`)
}
process.exit(0)

async function press() {
  const config = readConfig({ ...process.env, SMTP_URL: url })
  const app = await openApp(config, { log: createLogger('silent') })
  const { delivery } = app.newsletter
  let number = 0
  return async ({ frequency, most }: Order) => {
    number += 1
    const id = `bench-${process.pid}-${number}`
    await app.db.transaction(async tx => {
      const { next } = (await tx.get(sql`select coalesce(max(number), 0) + 1 as next from issues`)) as {
        next: number
      }
      await tx.run(sql`delete from mail_workers`)
      await tx.run(
        sql`update mailings set state = 'cancelled', queued = 0 where state in ('queueing', 'sending', 'paused')`,
      )
      await tx.run(sql`
        insert into issues (id, number, slug, subject, origin, status, created, changed)
        values (${id}, ${next}, ${id}, '', 'command', 'sent', '2021', '2021')`)
      await delivery.dispatch(tx, {
        ...{ id, number: next, letter: letter() },
        audience: { frequency, sections: [] },
      })
    })
    const began = performance.now()
    const cpu = process.cpuUsage()
    const peak = { rss: 0 }
    const watch = setInterval(() => {
      peak.rss = Math.max(peak.rss, process.memoryUsage.rss())
    }, 50)
    const pause = stopAfter(app.db, id, most)
    await delivery.deliverDue()
    await pause
    clearInterval(watch)
    const [one] = await delivery.status(id)
    const started = Date.parse(one?.started ?? '')
    if (number === 1) await writeSample(app.db, id, config.mailFrom, app.mail)
    return {
      mails: one?.accepted ?? 0,
      queueingSeconds: (started - (performance.timeOrigin + began)) / 1000,
      perSecond: ((one?.accepted ?? 0) / (performance.timeOrigin + performance.now() - started)) * 1000,
      cpuPerMail: cpuSince(cpu) / (one?.accepted ?? 1),
      rss: peak.rss,
    }
  }
}

// An issue for a million is sent in part only: then it is paused, as an editor does.
async function stopAfter(db: Database, id: string, most: number): Promise<void> {
  for (;;) {
    const row = (await db.get(sql`select state, accepted from mailings where issue_id = ${id}`)) as
      | { state: string; accepted: number }
      | undefined
    if (row?.state === 'finished') return
    if (row && row.accepted >= most) {
      await db.run(sql`update mailings set state = 'paused' where issue_id = ${id} and state = 'sending'`)
      return
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function writeSample(
  db: Database,
  id: string,
  mailFrom: string,
  mail: Parameters<typeof issueMails>[0]['mail'],
): Promise<void> {
  const tokens = readerTokens({ newest: Buffer.alloc(32), older: [] })
  const mails = await issueMails({ db, mail, tokens, siteUrl: 'https://paper.example' })(id)
  const reader = '01912345-0000-7000-8000-000000000000'
  writeFileSync(sample, (await mails.mail(reader, 'reader-100000@d100.example')).message)
  writeFileSync(`${sample}.from`, returnPath(mailFrom, tokens.returnTag(1, reader)))
}

function bare() {
  const raw = readFileSync(sample)
  const from = readFileSync(`${sample}.from`, 'utf8')
  const pool = nodemailer.createTransport({ url, pool: true, maxConnections: 10, maxMessages: 100 } as never)
  return async ({ most }: Order) => {
    const began = performance.now()
    const cpu = process.cpuUsage()
    let left = most
    const connection = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await pool.sendMail({ envelope: { from, to: `reader-${left}@d100.example` }, raw })
      }
    }
    await Promise.all(Array.from({ length: 10 }, connection))
    return {
      mails: most,
      perSecond: (most / (performance.now() - began)) * 1000,
      cpuPerMail: cpuSince(cpu) / most,
    }
  }
}

/** Microseconds of work: what a busy machine does not blur. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function letter() {
  const paragraph =
    'The council met for nine hours and decided that the archive stays open to all, at no charge. '
  const html = Array.from(
    { length: 60 },
    (_, index) => `<p style="margin:0 0 1em">${index}. ${paragraph.repeat(3)}</p>`,
  )
  const link = (mark: string, path: string) => `https://paper.example/newsletter/${path}/${mark}`
  return {
    fromName: 'The Paper',
    subject: 'The week: an archive that stays open',
    html: `<html><body>${html.join('\n')}<p>To ${marks.address}. <a href="${link(marks.leave, 'unsubscribe')}">Leave</a></p></body></html>`,
    text: `${paragraph.repeat(60)}\n\n${link(marks.preferences, 'preferences')}\n${link(marks.leave, 'unsubscribe')}\n`,
  }
}
