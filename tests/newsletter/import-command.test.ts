import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'

const file = `\ufeffE-Mail;First Name;Last Name;Status
anna@example.org;Anna;"Schmidt; née ""X""";subscribed
bob@;Bob;;active

ANNA@example.org;;;active
left@example.org;;;unsubscribed
`

test('a file comes in from the shell, the lines that cannot be read are named, and the list goes out again', async () => {
  const folder = await temporaryFolder()
  const environment = { DATA_DIR: path.join(folder, 'site'), LOG_LEVEL: 'fatal' }
  await writeFile(path.join(folder, 'in.csv'), file)
  const out = path.join(folder, 'out.csv')

  const tried = run(['newsletter', 'import', path.join(folder, 'in.csv'), '--dry-run'], environment)
  expect(await tried.ended).toBe(1)
  expect(tried.printed()).toContain('4 lines; nothing was changed')
  expect(tried.printed()).toContain('line 3: “bob@” is no email address.')

  const taken = run(['newsletter', 'import', path.join(folder, 'in.csv'), '--confirmed'], environment)
  expect(await taken.ended).toBe(1)
  expect(taken.printed()).toMatch(/2 new\n {2}1 repeated inside the file\n {2}1 could not be read/)

  const exported = run(['newsletter', 'export', out], environment)
  expect(await exported.ended).toBe(0)
  expect(exported.printed()).toContain('2 readers exported')
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  const [, anna, left] = (await readFile(out, 'utf8')).split('\r\n')
  expect(anna).toMatch(/^anna@example\.org,"Anna Schmidt; née ""X""",active,weekly,/)
  expect(left).toMatch(/^left@example\.org,,unsubscribed,weekly,/)
})
