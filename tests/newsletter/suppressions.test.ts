import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { aReader, cameBack, issues, mailFrom } from '../support/bounces.js'
import { colleague } from '../support/desk.js'
import { mails, signUp } from '../support/newsletter.js'
import { openPress, type Press, temporaryFolder } from '../support/press.js'
import { addReaders } from '../support/readers.js'

const environment = { SITE_URL: 'https://news.example', MAIL_FROM: mailFrom }
const page = '/admin/newsletter/suppressions'

async function newsroom() {
  const press = await openPress(environment)
  return { press, editor: await colleague(press, 'editor'), owner: await colleague(press, 'owner') }
}

const standing = (press: Press, email: string) => press.newsletter.suppressions.of(press.db, email)

/** Sends a file to the page that takes files. */
async function send(
  press: Press,
  { cookie, token }: Awaited<ReturnType<typeof colleague>>,
  file: string,
  look = false,
) {
  const form = new FormData()
  form.append('csrf', await token())
  if (look) form.append('look', 'yes')
  form.append('file', new Blob([file]), 'list.csv')
  const body = new Response(form)
  return press.http.inject({
    ...{ method: 'POST', url: `${page}/import` },
    headers: { cookie, 'content-type': body.headers.get('content-type') ?? '' },
    payload: Buffer.from(await body.arrayBuffer()),
  })
}

describe('the list at the desk', () => {
  test('an editor suppresses an address, which no sign-up and no import brings back, and lifts it again', async () => {
    const { press, editor } = await newsroom()
    const reader = await aReader(press, 'Rita@mailhost.example')
    expect(
      (await editor.post(page, { email: 'rita@mailhost.example', note: 'She rang us.' })).statusCode,
    ).toBe(303)
    expect(await reader.state()).toEqual({ status: 'active', suppressed: 'editor' })
    expect((await editor.get(page)).body).toContain('She rang us.')
    await signUp(press, { email: 'rita@mailhost.example' })
    expect(await mails(press)).toEqual([])
    await addReaders(press, 1, { email: 'rita@mailhost.example' })
    expect(await reader.state()).toMatchObject({ suppressed: 'editor' })

    const again = await editor.post(page, { email: 'RITA@mailhost.example' })
    expect([again.statusCode, again.body]).toEqual([422, expect.stringContaining('on the list already')])
    const { hash } = (await standing(press, 'rita@mailhost.example')) ?? { hash: '' }
    expect((await editor.post(`${page}/${hash}/lift`)).statusCode).toBe(303)
    expect(await reader.state()).toEqual({ status: 'active', suppressed: null })
    expect(await reader.consents()).toEqual(expect.arrayContaining(['suppressed', 'lifted']))

    expect((await editor.post(`${page}/${hash}/restoration`)).statusCode).toBe(303)
    expect(await standing(press, 'rita@mailhost.example')).toMatchObject({
      reason: 'editor',
      detail: 'She rang us.',
    })
    expect(await reader.state()).toMatchObject({ suppressed: 'editor' })
    const trail = JSON.stringify(await press.audit.page({ person: '', kind: '' }))
    expect(trail).toContain('An address at mailhost.example')
    expect(trail).not.toContain('rita')
  })

  test('it is searched by the whole address or how it begins, an erased one by the whole only, and shown by pages', async () => {
    const { press, editor } = await newsroom()
    for (let number = 0; number < 55; number += 1)
      await press.db.transaction(tx =>
        press.newsletter.suppressions.add(tx, {
          email: `Many${String(number).padStart(2, '0')}@mailhost.example`,
          reason: 'import',
          detail: '',
        }),
      )
    await press.db.transaction(tx =>
      press.newsletter.suppressions.add(tx, { email: 'gone@mailhost.example', reason: 'erased', detail: '' }),
    )
    const shown = (html: string) => html.match(/<th scope="row">.*?<\/th>/g)?.length ?? 0
    for (const query of ['', '?q=many']) {
      const first = (await editor.get(page + query)).body
      expect(shown(first)).toBe(50)
      const next = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
      expect(shown((await editor.get(next)).body)).toBe(query ? 5 : 6)
    }
    expect(shown((await editor.get(`${page}?q=MANY07`)).body)).toBe(1)
    expect((await editor.get(`${page}?q=gone@mailhost.example`)).body).toContain('An erased address')
    expect((await editor.get(`${page}?q=gone`)).body).toContain('Nothing fits')
    const { hash } = (await standing(press, 'gone@mailhost.example')) ?? { hash: '' }
    expect((await editor.post(`${page}/${hash}/lift`)).statusCode).toBe(409)
  })

  test('what came back is shown with its cause, newest first, by kind and decision', async () => {
    const { press, editor } = await newsroom()
    await issues(press, 1)
    const reader = await aReader(press)
    const take = (name: string) =>
      press.newsletter.bounces.takeReport(cameBack(name, { tag: reader.tag(1) }), { source: 'smtp' })
    for (const name of ['soft-mailbox-full', 'vacation-english', 'failed-unknown-user']) await take(name)
    const rows = async (query: string) =>
      (await editor.get(`/admin/newsletter/bounces${query}`)).body.match(/<tr>\s*<th scope="row">/g)
        ?.length ?? 0
    expect([
      await rows(''),
      await rows('?kind=hard'),
      await rows('?kind=other&decision=noted'),
      await rows('?decision=counted'),
    ]).toEqual([3, 1, 1, 1])
    const { body } = await editor.get('/admin/newsletter/bounces')
    expect(body).toContain('Diagnostic-Code: smtp; 550 5.1.1')
    expect(body).toContain(`/admin/newsletter/readers/${reader.id}`)
    expect(body).toContain('/newsletter/events')
    expect((await (await colleague(press, 'author')).get('/admin/newsletter/bounces')).statusCode).toBe(403)
  })
})

describe('the list as a file', () => {
  test('a file is looked through first, its lines that cannot be read are told, and it is taken in', async () => {
    const { press, editor } = await newsroom()
    const reader = await aReader(press)
    const file =
      'Email;Reason;Created\nreader@mailhost.example;hard-bounce;2020-05-01T10:00:00Z\nno address;;\nREADER@mailhost.example;;\nother@mailhost.example;Spam button;1588327200\n'
    const looked = await send(press, editor, file, true)
    expect(looked.body).toMatch(/What the file would do[\s\S]*Nothing was changed/)
    expect(await reader.state()).toMatchObject({ suppressed: null })
    const taken = await send(press, editor, file)
    expect(taken.body).toMatch(
      /<dt>New<\/dt><dd>2<[\s\S]*Repeated inside the file<\/dt><dd>1<[\s\S]*Could not be read<\/dt><dd>1<[\s\S]*“no address” is no email address/,
    )
    expect(await reader.state()).toMatchObject({ suppressed: 'hard-bounce' })
    expect(await standing(press, 'reader@mailhost.example')).toMatchObject({ at: '2020-05-01T10:00:00.000Z' })
    expect(await standing(press, 'other@mailhost.example')).toMatchObject({
      reason: 'import',
      detail: 'Spam button',
      at: '2020-05-01T10:00:00.000Z',
    })
    expect((await send(press, editor, '')).statusCode).toBe(422)
    expect(taken.body).toContain('The file was taken in')
    const { body } = await send(press, editor, 'name,town\nAda,Paris\n')
    expect(body).toContain('Nothing was taken in')
    expect(body).not.toContain('The file was taken in')
  })

  test('plain lines are taken as addresses', async () => {
    const { press, editor } = await newsroom()
    await send(press, editor, 'one@mailhost.example\r\ntwo@mailhost.example\r\n')
    expect([
      await standing(press, 'one@mailhost.example'),
      await standing(press, 'two@mailhost.example'),
    ]).toMatchObject([{ reason: 'import' }, { reason: 'import' }])
  })

  test('an export comes back without loss: causes, times, and erased readers, who stay away', async () => {
    const { press, owner, editor } = await newsroom()
    const add = (email: string, reason: 'editor' | 'complaint' | 'erased', detail: string) =>
      press.db.transaction(tx => press.newsletter.suppressions.add(tx, { email, reason, detail }))
    await add('a@mailhost.example', 'editor', '=1+1, "quoted"; and so on')
    await add('Ünal@mailhost.example', 'complaint', 'Feedback: abuse')
    await add('gone@mailhost.example', 'erased', '')
    expect((await editor.post(`${page}/export`)).statusCode).toBe(403)
    const { body } = await owner.post(`${page}/export`)
    expect(body).toMatch(/^email,reason,at,detail,hash,key\r\n/)
    expect(body).not.toContain('gone')
    expect(body).not.toContain(',=1')
    const rows = () => press.db.all(sql`select * from suppressions order by hash limit 10`)
    const before = await rows()
    await press.db.run(sql`delete from suppressions`)
    const gone = await aReader(press, 'gone@mailhost.example')
    const folder = await temporaryFolder()
    await writeFile(path.join(folder, 'list.csv'), body)
    const problems: unknown[] = []
    const counts = await press.newsletter.suppressionFiles.importFrom(path.join(folder, 'list.csv'), {
      ...{ dryRun: false, detail: '', onProblem: problem => problems.push(problem) },
    })
    expect([counts, problems]).toEqual([{ lines: 3, added: 3, known: 0, repeated: 0, invalid: 0 }, []])
    expect(await rows()).toEqual(before)
    expect(await gone.state()).toMatchObject({ suppressed: 'erased' })
    expect(await press.newsletter.suppressionFiles.exportTo(path.join(folder, 'again.csv'))).toBe(3)
    expect(await readFile(path.join(folder, 'again.csv'), 'utf8')).toBe(body)
  })
})
