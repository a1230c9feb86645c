import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { colleague } from '../support/desk.js'
import { openPress, type Press } from '../support/press.js'
import { run } from '../support/program.js'
import { addReaders, dispatch } from './ledger.js'

async function underWay() {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  await addReaders(press.db, 60)
  const issue = await dispatch({ db: press.db, delivery: press.newsletter.delivery })
  return { press, editor, issue, page: `/admin/newsletter/mailings/${issue}` }
}

/** Leaves the first readers' mails unknown, as a crash does. */
async function lose(press: Press, issue: string, count: number): Promise<void> {
  const { changes } = await press.db.run(sql`
    update deliveries set state = 'unknown', reason = 'The program stopped while it was being sent.'
    where (subscriber_id, issue_id) in (select subscriber_id, issue_id from deliveries order by subscriber_id limit ${count})`)
  await press.db.run(
    sql`update mailings set accepted = accepted - ${changes}, unknown = ${changes} where issue_id = ${issue}`,
  )
}

test('the page of an issue tells how far it is, and editors pause it, let it go on, cancel it', async () => {
  const { press, editor, issue, page } = await underWay()
  const { delivery } = press.newsletter
  expect((await editor.get(page)).body).toMatch(/being prepared<\/span>/)
  expect((await editor.post(`${page}/pause`)).headers.location).toBe(page)
  expect((await editor.get(page)).body).toMatch(/>paused<\/span>/)
  await delivery.deliverDue()
  expect(await delivery.of(issue)).toMatchObject({ state: 'paused', accepted: 0 })
  expect((await editor.post(`${page}/pause`)).statusCode).toBe(409)
  await editor.post(`${page}/resumption`)
  await delivery.deliverDue()
  const done = (await editor.get(page)).body
  expect(done).toMatch(/>sent<\/span>/)
  expect(done).toMatch(/<dt>Accepted<\/dt><dd>60<\/dd>/)
  expect(done).not.toContain('data-live')
  expect((await editor.post(`${page}/cancellation`)).statusCode).toBe(409)
  const { body: trail } = await (await colleague(press, 'owner')).get('/admin/audit')
  for (const action of ['paused', 'resumed']) expect(trail).toContain(action)
})

test('where all that waits was put off, the page says from when on it is tried again, and guesses no end', async () => {
  const { press, editor, issue, page } = await underWay()
  await press.newsletter.delivery.deliverDue()
  const waitUntil = async (time: string) => {
    await press.db.run(sql`
      update deliveries set state = 'queued', next_attempt = ${time}
      where subscriber_id = (select min(subscriber_id) from deliveries)`)
    await press.db.run(
      sql`update mailings set state = 'sending', queued = 1, accepted = 59 where issue_id = ${issue}`,
    )
    return (await editor.get(page)).body
  }
  expect(await waitUntil('2999-12-24T09:00:00.000Z')).toMatch(
    /All that waits was put off\. It is tried again from <time datetime="2999-12-24T09:00:00\.000Z">/,
  )
  expect(await waitUntil('')).not.toContain('put off')
})

test('unknown mails are listed, page by page, with a decision for each and for all', async () => {
  const { press, editor, issue, page } = await underWay()
  const { delivery } = press.newsletter
  await delivery.deliverDue()
  await lose(press, issue, 55)
  const first = (await editor.get(page)).body
  expect(first.match(/name="reader"/g)).toHaveLength(100)
  expect(first).toContain('The program stopped while it was being sent.')
  const [, more = ''] = /href="([^"]+\?unknown=[^"#]+)/.exec(first) ?? []
  expect((await editor.get(more)).body.match(/name="reader"/g)).toHaveLength(10)
  expect((await editor.get('/admin')).body).toContain('Nobody knows whether some mails arrived')
  const [, reader = ''] = /name="reader" value="([^"]+)"/.exec(first) ?? []
  await editor.post(`${page}/unknown/again`, { reader })
  expect(await delivery.of(issue)).toMatchObject({ state: 'sending', queued: 1, unknown: 54 })
  await delivery.deliverDue()
  await editor.post(`${page}/unknown/left`)
  expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 6, unknown: 54 })
  expect((await editor.get('/admin')).body).not.toContain('Nobody knows whether')
  expect((await editor.get(page)).body).not.toContain('name="reader"')
})

test('an issue that is held after a restore is shown on the dashboard and goes out when an editor says so', async () => {
  const { press, editor, issue, page } = await underWay()
  const { delivery } = press.newsletter
  await press.db.transaction(tx => delivery.holdAll(tx))
  await delivery.deliverDue()
  expect(await delivery.of(issue)).toMatchObject({ state: 'held', accepted: 0 })
  expect((await editor.get('/admin')).body).toContain(`href="${page}"`)
  await editor.post(`${page}/release`)
  await delivery.deliverDue()
  expect(await delivery.of(issue)).toMatchObject({ state: 'finished', accepted: 60 })
})

test('writers do not get there', async () => {
  const { press, page } = await underWay()
  const author = await colleague(press, 'author')
  expect((await author.get(page)).statusCode).toBe(403)
  expect((await author.post(`${page}/cancellation`)).statusCode).toBe(403)
})

test('the command line tells how far issues are while the server has the database open', async () => {
  const { press, issue } = await underWay()
  await press.newsletter.delivery.deliverDue()
  await lose(press, issue, 2)
  const status = async (...args: string[]) => {
    const program = run(['newsletter', 'status', ...args], { DATA_DIR: press.dataDir })
    return { code: await program.ended, printed: program.printed() }
  }
  const [one, all, text, none] = await Promise.all([
    status('1', '--json'),
    status('--json'),
    status('issue-1'),
    status('99', '--json'),
  ])
  expect(JSON.parse(one.printed)).toMatchObject({
    ...{
      number: 1,
      state: 'finished',
      queued: 0,
      accepted: 58,
      failed: 0,
      unknown: 2,
      perMinute: null,
      eta: null,
    },
  })
  expect(JSON.parse(all.printed)).toMatchObject([{ issue, accepted: 58 }])
  expect(text.printed).toContain('queued 0  accepted 58  failed 0  unknown 2')
  expect(none).toMatchObject({ code: 1, printed: expect.stringContaining('No issue that was sent') })
})
