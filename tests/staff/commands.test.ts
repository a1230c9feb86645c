import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'
import { owner } from './door.js'

const email = 'Ada@Example.org'

test('staff add prints a link that invites, staff list shows who is there, staff reset prints a new link', {
  timeout: 30_000,
}, async () => {
  const DATA_DIR = await temporaryFolder()
  const add = run(['staff', 'add', email, '--role', 'editor'], { DATA_DIR, PORT: '3777' })
  expect(await add.ended).toBe(0)
  expect(add.printed()).toMatch(/http:\/\/localhost:3777\/admin\/invitation\/[\w-]{43}\n$/)
  const twice = run(['staff', 'add', email, '--role', 'editor'], { DATA_DIR })
  expect(await twice.ended).toBe(1)
  expect(twice.printed()).toBe('This address has an account already.\n')
  const list = run(['staff', 'list'], { DATA_DIR })
  expect(await list.ended).toBe(0)
  expect(list.printed()).toBe('ada@example.org\t–\teditor\tinvited\tnone\tnever\n')
  const again = run(['staff', 'reset', email], { DATA_DIR })
  expect(await again.ended).toBe(0)
  expect(again.printed()).toMatch(/\/admin\/invitation\/[\w-]{43}\n$/)
})

test('staff add takes a password from standard input; a weak one and a wrong role are refused with a sentence', {
  timeout: 30_000,
}, async () => {
  const DATA_DIR = await temporaryFolder()
  const add = async (password: string, role = 'owner') => {
    const command = run(['staff', 'add', email, '--role', role, '--name', 'Ada', '--password-stdin'], {
      DATA_DIR,
    })
    command.child.stdin?.end(`${password}\n`)
    return { code: await command.ended, printed: command.printed() }
  }
  expect(await add('password1234')).toMatchObject({
    code: 1,
    printed: expect.stringContaining('nobody would try first'),
  })
  expect(await add('short')).toMatchObject({
    code: 1,
    printed: expect.stringContaining('at least 12 characters'),
  })
  expect((await add(owner.password, 'king')).code).toBe(1)
  expect(await add(owner.password)).toMatchObject({ code: 0 })
  const reset = run(['staff', 'reset', email, '--second-factor'], { DATA_DIR })
  expect(await reset.ended).toBe(0)
  expect(reset.printed()).toMatch(/\/admin\/reset\/[\w-]{43}\n$/)
  const unknown = run(['staff', 'reset', 'bob@example.org'], { DATA_DIR })
  expect(await unknown.ended).toBe(1)
  expect(unknown.printed()).toContain('No account at work has the address bob@example.org.')
})
