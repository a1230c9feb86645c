import { expect, test } from 'vitest'
import { colleague } from '../support/desk.js'
import { keptIssue } from '../support/issues.js'
import { openNewsroom } from '../support/newsroom.js'
import { openRelay } from '../support/smtp.js'

const SITE_URL = 'https://courier.example'

async function articlesOf(press: Awaited<ReturnType<typeof openNewsroom>>) {
  const found = await press.articles.reading.newest({ kind: 'all' }, 10)
  return found.map(({ id }) => ({ id, form: 'full' as const }))
}

test('an editor sees a draft as readers will get it: as HTML in a frame of its own, and as plain text', async () => {
  const press = await openNewsroom({ SITE_URL })
  await press.publish({ title: 'The story' })
  const id = await keptIssue(press, { intro: 'Good *morning*.', articles: await articlesOf(press) })
  const editor = await colleague(press, 'editor')
  const address = `/admin/newsletter/issues/${id}/preview`
  const page = await editor.get(address)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain(`src="${address}/page?scheme=light"`)
  expect(page.body).toMatch(/\d KB of HTML/)
  expect((await editor.get(`${address}?show=text`)).body).toContain(
    'Good morning.\n\n* * *\n\nThe story\n=========',
  )

  const framed = await editor.get(`${address}/page?scheme=dark`)
  expect(framed.body).toContain('The story')
  expect(framed.body).toContain('@media all')
  const policy = String(framed.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('script-src')
  expect(policy).toContain("frame-ancestors 'self'")
  expect(framed.headers['x-frame-options']).toBe('SAMEORIGIN')
})

test('the preview says what is cut and what is left out, and what to do while there is nothing', async () => {
  const press = await openNewsroom({ SITE_URL })
  await press.publish({
    title: 'A long read',
    body: `${'One sentence follows another. '.repeat(20)}\n\n`.repeat(300),
  })
  await press.publish({ title: 'A short one' })
  const articles = await articlesOf(press)
  await press.publish({ title: 'Taken back', status: 'withdrawn', withdrawnReason: 'Wrong.' })
  const editor = await colleague(press, 'editor')
  const id = await keptIssue(press, { articles })
  const { body } = await editor.get(`/admin/newsletter/issues/${id}/preview`)
  expect(body).toMatch(/This article is cut[\s\S]*<li>A long read<\/li><\/ul>/)

  const empty = await keptIssue(press)
  const page = await editor.get(`/admin/newsletter/issues/${empty}/preview`)
  expect(page.body).toContain('Nothing is left of this issue')
  expect((await editor.get('/admin/newsletter/issues/nowhere/preview')).statusCode).toBe(404)
  const author = await colleague(press, 'author')
  expect((await author.get(`/admin/newsletter/issues/${id}/preview`)).statusCode).toBe(403)
})

test('a test goes to whoever asks for it, says so, holds no reader’s token, and is in the trail', async () => {
  const relay = await openRelay()
  const press = await openNewsroom({ SITE_URL, SMTP_URL: relay.url })
  const id = await keptIssue(press, { subject: 'What we found', intro: 'Read *this*.' })
  const editor = await colleague(press, 'editor')
  const answer = await editor.post(`/admin/newsletter/issues/${id}/test`)
  expect(answer.statusCode).toBe(303)
  await press.mail.deliverDue()
  const [mail] = relay.mails
  expect(mail?.subject).toBe('[Test] What we found')
  expect(mail?.to).toMatchObject({ text: 'the.editor@example.org' })
  expect(mail?.text).toContain('You get this since the.editor@example.org')
  expect(`${mail?.html}${mail?.text}`).not.toContain('xq7')
  const owner = await colleague(press, 'owner')
  expect((await owner.get('/admin/audit')).body).toContain('sent test')
  for (let count = 0; count < 19; count++) await editor.post(`/admin/newsletter/issues/${id}/test`)
  expect((await editor.post(`/admin/newsletter/issues/${id}/test`)).statusCode).toBe(429)
})

test('settings: kept with an entry in the trail, refused with the reason, and not over somebody else’s change', async () => {
  const press = await openNewsroom({ SITE_URL })
  const editor = await colleague(press, 'editor')
  const address = '/admin/newsletter/settings'
  const versionIn = (body: string) => /name="version" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const version = versionIn((await editor.get(address)).body)
  const fields = { dailyOn: 'yes', dailyHour: '6', weeklyWeekday: '1', weeklyHour: '9', version }

  const refused = await editor.post(address, { ...fields, dailyHour: '25' })
  expect(refused.statusCode).toBe(422)
  expect(refused.body).toContain('href="#dailyHour"')
  expect(refused.body).toMatch(/name="dailyOn"[^>]* checked/)

  expect((await editor.post(address, fields)).statusCode).toBe(303)
  const saved = (await editor.get(address)).body
  expect(saved).toMatch(/<option value="6" selected>06:00/)
  expect(saved).toContain('The next digest is due on')
  const stale = await editor.post(address, { ...fields, dailyHour: '5' })
  expect(stale.statusCode).toBe(409)
  expect(stale.body).toMatch(/<option value="5" selected>05:00/)
  expect(
    (await editor.post(address, { ...fields, dailyHour: '5', version: versionIn(stale.body) })).statusCode,
  ).toBe(303)
  const owner = await colleague(press, 'owner')
  expect((await owner.get('/admin/audit')).body).toContain('newsletter settings changed')
  const contributor = await colleague(press, 'contributor')
  expect((await contributor.get(address)).statusCode).toBe(403)
})
