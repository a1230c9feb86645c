import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Colleague, colleague } from '../support/desk.js'
import { openPress, type Press } from '../support/press.js'
import { addReaders } from '../support/readers.js'

const list = '/admin/newsletter/readers'
const imports = `${list}/imports`

/** Sends a file as the page's form does. @returns the answer */
async function upload(press: Press, editor: Colleague, content: string | Buffer, name = 'readers.csv') {
  const boundary = 'a-boundary'
  const payload = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${await editor.token()}\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/csv\r\n\r\n`,
    ),
    Buffer.from(content),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return press.http.inject({
    method: 'POST',
    url: imports,
    headers: { cookie: editor.cookie, 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload,
  })
}

/** The page of an import once nothing is under way. */
async function settled(editor: Colleague, address: string): Promise<string> {
  for (;;) {
    const answer = await editor.get(address)
    if (!answer.headers.refresh) return answer.body
    await setTimeout(10)
  }
}

const facts = (body: string) =>
  Object.fromEntries(
    [...body.matchAll(/<dt>([^<]+)<\/dt><dd>([^<]+)<\/dd>/g)].map(([, name, value]) => [name, value]),
  )

const plan = { column_email: '0', as: 'active', source: 'Our list at the old system' }

test('a file whose name or content is no list is refused with what to do', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  for (const [name, content, sentence] of [
    ['readers.xlsx', 'email\na@example.org\n', 'let the name end in .csv'],
    ['readers.csv', 'PK\u0003\u0004\u0000\u0000', 'This file is no text'],
  ] as const) {
    const answer = await upload(press, editor, content, name)
    expect(answer.statusCode, name).toBe(422)
    expect(answer.body, name).toContain(sentence)
  }
})

test('a file is looked through first, then taken in, and is deleted', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  await addReaders(press, 1, { email: 'known@example.org', key: 'known@example.org' })
  await addReaders(press, 1, { email: 'barred@example.org', key: 'barred@example.org' })
  const found = /\/admin\/newsletter\/readers\/[0-9a-f-]{36}/.exec(
    (await editor.get(`${list}?q=barred`)).body,
  )?.[0]
  await editor.post(`${found}/erasure`)
  const file = [
    'Email Address,First Name,Last Name,OPTIN_TIME',
    'anna@example.org,Anna,Schmidt,2020-12-24 09:00:00',
    'ANNA@example.org,,,',
    'known@example.org,Known,,',
    'barred@example.org,,,',
    'nobody@,,,',
    'bob@example.org,"Bob, the ""second""",,24/12/2020',
  ].join('\r\n')
  const sent = await upload(press, editor, file)
  expect(sent.statusCode).toBe(303)
  const address = String(sent.headers.location)
  const asked = (await editor.get(address)).body
  expect(asked).toMatch(
    /name="column_email"[^>]*>\s*(<option[^>]*>[^<]*<\/option>\s*)*<option value="0" selected>Email Address/,
  )
  expect(asked).toContain('2020-12-24 09:00:00')

  await editor.post(address, { ...plan, column_name: '1', column_surname: '2', column_consented_at: '3' })
  const tried = await settled(editor, address)
  const expected = {
    Lines: '6',
    'New on the list': '1',
    'On the list already, left as they are': '1',
    'Repeated inside the file': '1',
    'Suppressed, not taken': '1',
    'Could not be read': '2',
  }
  expect(facts(tried)).toEqual(expected)
  expect(tried).toContain('“24/12/2020” is no time')
  expect((await editor.get(`${address}/problems.csv`)).body).toContain('6,"“nobody@” is no email address."')
  expect((await editor.get(list)).body).not.toContain('anna@example.org')
  const [kept] = await readdir(path.join(press.dataDir, 'imports'))
  expect((await stat(path.join(press.dataDir, 'imports', kept ?? ''))).mode & 0o777).toBe(0o600)

  await editor.post(`${address}/start`)
  expect(facts(await settled(editor, address))).toEqual(expected)
  expect((await editor.get(`${list}?q=anna`)).body).toContain('Anna Schmidt')
  expect(
    (await readdir(path.join(press.dataDir, 'imports'))).filter(name => !name.includes('problems')),
  ).toEqual([])
  const anna = /\/admin\/newsletter\/readers\/[0-9a-f-]{36}/.exec(
    (await editor.get(`${list}?q=anna`)).body,
  )?.[0]
  const history = (await editor.get(anna ?? '')).body
  expect(history).toContain('Our list at the old system')
  expect(history).toContain('readers.csv')
  expect(history).toContain('2020-12-24T09:00:00.000Z')
})

test('without a source, a choice or a column of addresses nothing is looked through', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const address = String((await upload(press, editor, 'mail,x\na@example.org,1\n')).headers.location)
  const rejected = await editor.post(address, { column_email: '', as: '', source: '' })
  expect(rejected.statusCode).toBe(422)
  for (const problem of [
    'Choose the column that holds the addresses',
    'Choose one of the two',
    'Say where and how these people agreed',
  ])
    expect(rejected.body).toContain(problem)
})

test.each([
  ['no text', Buffer.from('email\n\0\0\0'), 'NUL bytes'],
  ['UTF-16', Buffer.from('\ufeffemail\nа@example.org', 'utf16le'), 'UTF-16'],
  ['nothing', Buffer.from(''), 'This file is empty'],
  ['a quotation mark that is never closed', Buffer.from('"email\na@example.org\n'), 'never closed'],
  ['a field without end', Buffer.from(`email\n"${'x'.repeat(300_000)}`), 'longer than 100,000 characters'],
])('a file that holds %s is refused with what to do', async (_what, content, problem) => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const sent = await upload(press, editor, content)
  expect(sent.statusCode).toBe(422)
  expect(sent.body).toContain(problem)
  expect(await readdir(path.join(press.dataDir, 'imports'))).toEqual([])
})

test('a quotation mark that opens deep in a file stops the look through it, and says where', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const lines = Array.from({ length: 2_000 }, (_, index) => `r${index}@example.org,x`)
  lines[1_500] = 'r@example.org,"x'
  const sent = await upload(press, editor, ['email,name', ...lines].join('\n'))
  const address = String(sent.headers.location)
  await editor.post(address, plan)
  expect(await settled(editor, address)).toContain('never closed')
  expect((await editor.get(list)).body).toContain('Nobody is on the list yet')
})

test('semicolons, a byte order mark and Windows-1252 are understood', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const sent = await upload(
    press,
    editor,
    Buffer.from('E-Mail;Name\r\nrene@example.org;Ren\xe9 \x80\r\n', 'latin1'),
  )
  const address = String(sent.headers.location)
  const asked = (await editor.get(address)).body
  expect(asked).toContain('Windows-1252')
  expect(asked).toContain('René €')
})

test('what an import broke off in the middle of is taken up again without taking anything twice', async () => {
  const press = await openPress()
  const editor = await colleague(press, 'editor')
  const file = ['email', ...Array.from({ length: 3_000 }, (_, index) => `r${index}@example.org`)].join('\n')
  const address = String((await upload(press, editor, file)).headers.location)
  await editor.post(address, plan)
  await settled(editor, address)
  await editor.post(`${address}/start`)
  await press.http.close()

  const again = await openPress({ DATA_DIR: press.dataDir })
  const owner = await colleague(again, 'owner')
  const page = await settled(owner, address)
  if (page.includes('/continuation')) await owner.post(`${address}/continuation`)
  expect(facts(await settled(owner, address))).toMatchObject({ Lines: '3,000', 'New on the list': '3,000' })
})
