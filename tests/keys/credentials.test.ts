import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { keyNames } from '../../src/foundation/secret.js'
import { openPress, temporaryFolder } from '../support/press.js'
import { command, deeds, erased, type Paper, paperWithAll } from './paper.js'

/** A paper whose keys systemd hands over, sealed in a folder as `/etc/handpress`, and a shell in which an operator is root. */
async function handedOver() {
  const paper = await paperWithAll()
  const [root, sealed, given] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
  for (const name of keyNames) {
    renameSync(path.join(paper.dataDir, name), path.join(given, name))
    execFileSync(
      'systemd-creds',
      ['encrypt', '--with-key=host', `--name=${name}`, path.join(given, name), path.join(sealed, name)],
      quiet,
    )
  }
  // Stopping and starting are the machine's; at its start systemd opens what is sealed.
  mkdirSync(path.join(root, 'bin'))
  writeFileSync(path.join(root, 'bin/systemctl'), '#!/bin/sh\necho "$@" >> "$0.log"\n')
  chmodSync(path.join(root, 'bin/systemctl'), 0o755)
  return {
    ...paper,
    sealed,
    given,
    run(...args: string[]) {
      return command(paper.dataDir, args, { CREDENTIALS_DIRECTORY: given })
    },
    /** Does what the program said, line for line, and starts anew. */
    follow(said: string) {
      const lines = said.split('\n').filter(line => line.startsWith('    '))
      const script = lines.join('\n').replaceAll('/dev/shm', root).replaceAll('/etc/handpress', sealed)
      const done = spawnSync('bash', ['-c', script], {
        env: { PATH: `${path.join(root, 'bin')}:${process.env.PATH}` },
        encoding: 'utf8',
      })
      expect(done.status, done.stderr).toBe(0)
      for (const name of keyNames) {
        expect(existsSync(path.join(root, name))).toBe(false)
        const key = execFileSync(
          'systemd-creds',
          ['decrypt', `--name=${name}`, path.join(sealed, name), '-'],
          quiet,
        )
        writeFileSync(path.join(given, name), key)
      }
      return lines
    },
    reopen: () =>
      openPress({ DATA_DIR: paper.dataDir, CREDENTIALS_DIRECTORY: given }, { clock: paper.time.clock }),
  }
}

const quiet = { stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] }
const systemd = spawnSync('systemd-creds', ['encrypt', '--with-key=host', '--name=try', '-', '-'], {
  input: 'try',
})

test.skipIf(systemd.status !== 0)(
  'keys that systemd hands over are replaced and forgotten by the lines that the program says; the next start takes them into use',
  async () => {
    const paper = await handedOver()
    const refused = await paper.run('keys', 'replace')
    expect([refused.code, refused.said]).toEqual([1, expect.stringContaining('Nothing was changed')])
    const lines = paper.follow(refused.said)
    expect(lines.filter(line => line.includes('systemctl st'))).toHaveLength(2)
    for (const name of keyNames) expect(readFileSync(path.join(paper.given, name))).toHaveLength(64)

    const press = await paper.reopen()
    expect(await deeds(press)).toEqual(keyNames.map(name => `replaced-key ${name}`))
    await expectAll(paper, press)
    expect((await press.http.inject({ url: paper.reader.preferences })).statusCode).toBe(200)
    await press.http.close()

    paper.follow((await paper.run('keys', 'forget', '--yes')).said)
    for (const name of ['staff-key', 'secret-key'])
      expect(readFileSync(path.join(paper.given, name))).toHaveLength(32)
    const again = await paper.reopen()
    await expectAll(paper, again)
    expect((await again.http.inject({ url: paper.reader.preferences })).statusCode).toBeGreaterThanOrEqual(
      400,
    )
    expect((await deeds(again)).slice(3)).toEqual([
      'forgot-older-keys staff-key',
      'forgot-older-keys secret-key',
    ])
    for (const name of keyNames) expect(existsSync(path.join(paper.dataDir, name))).toBe(false)
  },
)

async function expectAll(paper: Paper, press: Awaited<ReturnType<Paper['reopen']>>): Promise<void> {
  expect(await paper.signsIn(press)).toBe(true)
  expect(await press.newsletter.suppressions.of(press.db, erased)).toMatchObject({ reason: 'erased' })
  expect((await press.audit.verify()).problems).toEqual([])
}
