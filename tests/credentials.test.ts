import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeBackup } from '../src/backups/making.js'
import { restoreBackup } from '../src/backups/restoring.js'
import { readConfig, readTipLineConfig } from '../src/config.js'
import { examine } from '../src/examination.js'
import { keyNames } from '../src/foundation/secret.js'
import { premisesOf, settleCopy } from '../src/premises.js'
import { newKeyPair } from '../src/tips/sealing/newsroom-key.js'
import { editionFolder } from './support/edition.js'
import { temporaryFolder } from './support/press.js'
import { run, serveProgram } from './support/program.js'

/** A folder as systemd makes it: a file for each credential, by its name. */
async function credentials(of: Record<string, string | Buffer>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(of)) writeFileSync(path.join(folder, name), content)
  return folder
}

/** A paper whose keys were taken out of its folder. */
async function paperWithout() {
  const DATA_DIR = await editionFolder()
  const CREDENTIALS_DIRECTORY = await temporaryFolder()
  for (const name of keyNames) renameSync(path.join(DATA_DIR, name), path.join(CREDENTIALS_DIRECTORY, name))
  return { DATA_DIR, CREDENTIALS_DIRECTORY }
}

const filesOf = (folder: string) => keyNames.filter(name => existsSync(path.join(folder, name)))

test('relays, the token and keys that sign mail come from credentials before the environment; the source’s door looks at none', async () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  const CREDENTIALS_DIRECTORY = await credentials({
    SMTP_URL: 'smtp://ada:sealed@mx.example.org:587\n',
    METRICS_TOKEN: 'a-token-that-was-sealed\n',
    'press.pem': pem,
  })
  const environment = { SMTP_URL: 'smtp://old.example.org', METRICS_TOKEN: 'a-token-for-all-to-see' }
  const mail = { DKIM_SELECTOR: 'press', DKIM_KEY_FILE: 'press.pem' }
  const config = readConfig({ ...environment, ...mail, CREDENTIALS_DIRECTORY })
  expect(config.relays.map(({ auth }) => auth)).toEqual([{ user: 'ada', pass: 'sealed' }])
  expect(config.metricsToken).toBe('a-token-that-was-sealed')
  expect(config.dkim.map(({ file }) => file)).toEqual([path.join(CREDENTIALS_DIRECTORY, 'press.pem')])
  expect(readTipLineConfig({ ...environment, CREDENTIALS_DIRECTORY })).toMatchObject({
    ...{ relays: [], metricsToken: undefined, credentials: undefined },
  })
})

test('a credential that is of no use stops the start without being shown', async () => {
  const CREDENTIALS_DIRECTORY = await credentials({ METRICS_TOKEN: 'two words' })
  expect(() => readConfig({ CREDENTIALS_DIRECTORY })).toThrow(
    'METRICS_TOKEN: must be 16 or more characters without spaces (it is set, but not shown here)',
  )
})

test('the paper runs on keys that are handed over, with several processes as well, and none is written into its folder', async () => {
  const { DATA_DIR, CREDENTIALS_DIRECTORY } = await paperWithout()
  writeFileSync(path.join(CREDENTIALS_DIRECTORY, 'METRICS_TOKEN'), 'a-token-that-was-sealed')
  const press = await serveProgram({ DATA_DIR, CREDENTIALS_DIRECTORY, WORKERS: '2', TRUST_PROXY: 'on' })
  const asked = (token: string) =>
    fetch(`${press.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  expect((await asked('a-token-that-was-sealed')).status).toBe(200)
  expect((await asked('a-token-that-was-guess')).status).not.toBe(200)
  expect(filesOf(DATA_DIR)).toEqual([])
})

test('a command that is not given the keys refuses, and makes none of its own', async () => {
  const { DATA_DIR, CREDENTIALS_DIRECTORY } = await paperWithout()
  const given = run(['staff', 'list'], { DATA_DIR, CREDENTIALS_DIRECTORY })
  expect([await given.ended, given.printed()]).toEqual([0, expect.anything()])
  const without = run(['staff', 'list'], { DATA_DIR })
  expect(await without.ended).toBe(1)
  expect(without.printed()).toContain(
    'The paper is given audit-key as a credential of systemd, and this program was not.',
  )
  expect(filesOf(DATA_DIR)).toEqual([])
  const file = path.join(DATA_DIR, 'audit-key')
  expect(without.printed()).toContain(`put the key at ${file} and delete ${file}.elsewhere.`)
})

test('the doctor walks the trail with a key that is handed over, and tells of one that still lies in clear', async () => {
  const { DATA_DIR, CREDENTIALS_DIRECTORY } = await paperWithout()
  await run(['staff', 'list'], { DATA_DIR, CREDENTIALS_DIRECTORY }).ended
  const found = async (environment: object) =>
    (await examine(readConfig({ DATA_DIR, ...environment }), { offline: true, now: new Date() })).map(
      ({ check, state, text }) => `${state} ${check}: ${text}`,
    )
  expect(await found({ CREDENTIALS_DIRECTORY })).toContainEqual(expect.stringMatching(/^ok audit trail: /))
  expect(await found({})).toContainEqual(
    expect.stringMatching(/^fail audit trail: .+given audit-key as a credential of systemd/),
  )
  const left = path.join(DATA_DIR, 'staff-key')
  writeFileSync(left, readFileSync(path.join(CREDENTIALS_DIRECTORY, 'staff-key')))
  expect(await found({ CREDENTIALS_DIRECTORY })).toContainEqual(
    `warn keys: staff-key comes as a credential, but a file of that name lies in clear. Once a copy is safe: shred -u ${left}`,
  )
})

test('keys that are handed over are in sealed backups, and in no other', async () => {
  const { DATA_DIR: dataDir, CREDENTIALS_DIRECTORY: vault } = await paperWithout()
  writeFileSync(path.join(dataDir, 'staff-key'), Buffer.alloc(32, 1))
  const premises = premisesOf({ dataDir, databaseFile: path.join(dataDir, 'site.db'), credentials: vault })
  const { recipient, identityFile } = await newKeyPair('2021-01-04')
  const folder = await temporaryFolder()
  const restored = async (name: string, recipients: string[]) => {
    const file = path.join(folder, name)
    const about = { program: '0.1.0', begun: '2021-01-04T12:00:00.000Z', site: 'http://localhost:3000' }
    await makeBackup(premises, { file, recipients, about })
    const into = path.join(folder, `${name}-restored`)
    mkdirSync(into)
    const identities = recipients.length ? [identityFile.trim().split('\n').at(-1) ?? ''] : []
    await restoreBackup({ file, identities, into, settle: settleCopy, now: about.begun, force: false })
    return into
  }
  expect(filesOf(await restored('plain', []))).toEqual([])
  const sealed = await restored('sealed', [recipient])
  for (const name of keyNames)
    expect(readFileSync(path.join(sealed, name))).toEqual(readFileSync(path.join(vault, name)))
})

test('the command says which keys whoever finds an unsealed backup has', async () => {
  const said = async (environment: Record<string, string>) => {
    const file = path.join(await temporaryFolder(), 'paper.tar.gz')
    const { ended, printed } = run(['backup', file], environment)
    expect(await ended, printed()).toBe(0)
    return printed()
  }
  expect(await said({ DATA_DIR: await editionFolder() })).toContain(
    'has keys that the paper signs with.\nThe newsroom’s own',
  )
  const handedOver = await said(await paperWithout())
  expect(handedOver).not.toContain('has keys')
  expect(handedOver).toContain(
    'Keys that systemd hands over are not in it either, audit-key, staff-key, secret-key: only',
  )
})
