import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readOrCreateSecret } from '../../src/foundation/secret.js'
import { editionFolder } from '../support/edition.js'
import { temporaryFolder } from '../support/press.js'
import { run } from '../support/program.js'

test('a secret is made once, for its owner alone, and nothing else is left beside it', async () => {
  const folder = await temporaryFolder()
  const secret = readOrCreateSecret({ dataDir: folder }, 'some-key')
  expect(secret).toHaveLength(32)
  expect(new Set(secret).size).toBeGreaterThan(8)
  expect(readOrCreateSecret({ dataDir: folder }, 'some-key')).toEqual(secret)
  expect(readdirSync(folder)).toEqual(['some-key'])
  expect(statSync(path.join(folder, 'some-key')).mode & 0o777).toBe(0o600)
})

test.each([0, 31])(
  'of a secret that a crash cut to %i bytes nothing is made, and the file stays',
  async bytes => {
    const folder = await temporaryFolder()
    const file = path.join(folder, 'some-key')
    writeFileSync(file, Buffer.alloc(bytes, 1))
    expect(() => readOrCreateSecret({ dataDir: folder }, 'some-key')).toThrow(
      `${file} holds ${bytes} bytes of 32`,
    )
    expect(statSync(file).size).toBe(bytes)
  },
)

test.each(['staff-key', 'secret-key', 'audit-key', 'tips/salt'])(
  'the program does not start with an empty %s, and says what to do',
  async name => {
    const dataDir = await editionFolder()
    const file = path.join(dataDir, name)
    truncateSync(file)
    const program = run(['serve'], { DATA_DIR: dataDir, PORT: '0' })
    expect(await program.ended).toBe(1)
    expect(program.printed()).toContain(
      `${file} holds 0 bytes of 32: it was cut short. Take it out of a backup.`,
    )
    expect(program.printed()).not.toContain('    at ')
  },
)
