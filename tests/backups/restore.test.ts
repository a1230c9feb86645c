import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeBackup } from '../../src/backups/making.js'
import { restoreBackup } from '../../src/backups/restoring.js'
import { TAR_END, tarHeader, tarPadding } from '../../src/backups/tar.js'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { premisesOf, settleCopy } from '../../src/premises.js'
import { newKeyPair } from '../../src/tips/sealing/newsroom-key.js'
import { colleague } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { keepTip } from '../support/kept-tips.js'
import { newArticle, save } from '../support/manuscripts.js'
import { signUp } from '../support/newsletter.js'
import { openNewsroom } from '../support/newsroom.js'
import { movableClock, openPress, sharedByTests, temporaryFolder } from '../support/press.js'
import { sealedParts } from '../support/tips.js'
import { command } from './busy-newsroom.js'

const about = { program: '0.1.0', begun: '2021-01-04T12:00:00.000Z', site: 'http://localhost:3000' }

/** The sample edition with a tip, one backup of it, and one that is sealed. */
const paper = sharedByTests(async () => {
  const press = await openSampleEdition()
  await keepTip(press.dataDir, { files: [{ name: 'a.txt', content: Buffer.from('a') }] })
  await signUp(press, { email: 'ada@example.org' })
  const folder = await temporaryFolder()
  const plain = path.join(folder, 'paper.tar.gz')
  const sealed = path.join(folder, 'paper.tar.gz.age')
  const { recipient, identityFile } = await newKeyPair('2021-01-04')
  const identity = path.join(folder, 'key.txt')
  writeFileSync(identity, identityFile)
  const premises = premisesOf({ dataDir: press.dataDir, databaseFile: path.join(press.dataDir, 'site.db') })
  await makeBackup(premises, { file: plain, recipients: [], about })
  await makeBackup(premises, { file: sealed, recipients: [recipient], about })
  return {
    press,
    premises,
    folder,
    plain,
    sealed,
    identity,
    secret: identityFile.trim().split('\n').at(-1) ?? '',
  }
})

async function restore(file: string, given: { identities?: string[]; into?: string; force?: boolean } = {}) {
  const into = given.into ?? path.join(await temporaryFolder(), 'data')
  const order = { identities: [], ...given, into, settle: settleCopy, now: '2021-01-05T12:00:00.000Z' }
  return { into, ...(await restoreBackup({ file, ...order })) }
}

/** What a restore says that does not take place; the folder that it was for holds what it held. */
async function refusal(file: string, given: { identities?: string[] } = {}): Promise<string> {
  const into = await temporaryFolder()
  writeFileSync(path.join(into, 'ours'), 'ours')
  const said = await restore(file, { ...given, into, force: true }).catch((error: Error) => error.message)
  const beside = readdirSync(path.dirname(into)).filter(name => name.startsWith(`${path.basename(into)}.`))
  expect([readdirSync(into), beside]).toEqual([['ours'], []])
  return String(said)
}

async function changed(bytes: Buffer): Promise<string> {
  const file = path.join(await temporaryFolder(), 'changed')
  writeFileSync(file, bytes)
  return file
}

test('a backup is a tar file that tar and sha256sum read; the newsroom’s own key is in a sealed one only', async () => {
  const { plain } = await paper()
  const folder = await temporaryFolder()
  execFileSync('tar', ['xzf', plain, '-C', folder])
  expect(execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: folder }).toString()).toBe('')
  const names = readdirSync(folder)
  for (const name of ['site.db', 'staff-key', 'audit-key', 'secret-key', 'media', 'media-originals', 'tips'])
    expect(names).toContain(name)
  for (const name of ['newsroom-key.txt', 'last-alive', 'cards']) expect(names).not.toContain(name)
})

test('a sealed backup opens with the age program and the recovery key, and holds the newsroom’s key', async () => {
  const { press, sealed, identity, secret } = await paper()
  const folder = await temporaryFolder()
  const archive = execFileSync('age', ['-d', '-i', identity, sealed], { maxBuffer: 64 * 1_048_576 })
  execFileSync('tar', ['xz', '-C', folder], { input: archive })
  execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: folder })
  const key = (place: string) => readFileSync(path.join(place, 'newsroom-key.txt'), 'utf8')
  expect(key(folder)).toBe(key(press.dataDir))
  const { into } = await restore(sealed, { identities: [secret] })
  expect(key(into)).toBe(key(press.dataDir))
  expect(sealedParts(into).map(file => path.relative(into, file))).toEqual(
    sealedParts(press.dataDir).map(file => path.relative(press.dataDir, file)),
  )
  expect(await refusal(sealed)).toContain('it is sealed: name the file of the secret key with --identity')
  const { identityFile: other } = await newKeyPair('2021-01-04')
  expect(await refusal(sealed, { identities: [other.trim().split('\n').at(-1) ?? ''] })).toContain(
    'cannot be used',
  )
})

test('restored by the command, from a file or a pipe, all files are for the program’s account only', async () => {
  const { sealed, plain, identity } = await paper()
  const home = await temporaryFolder()
  const DATA_DIR = path.join(home, 'data')
  const { code, printed } = await command(['restore', sealed, '--identity', identity], DATA_DIR)
  expect([code, printed]).toEqual([0, expect.stringContaining('is restored.')])
  for (const name of readdirSync(DATA_DIR, { recursive: true, encoding: 'utf8' }))
    expect([name, statSync(path.join(DATA_DIR, name)).mode & 0o077]).toEqual([name, 0])
  const again = spawnSync('dist/main.js', ['restore', '-', '--force'], {
    env: { DATA_DIR, PATH: process.env.PATH ?? '' },
    input: readFileSync(plain),
    encoding: 'utf8',
  })
  expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('What was there before lies in')])
  expect(readdirSync(home).filter(name => name.startsWith('data.replaced-'))).toHaveLength(1)
})

test('a damaged backup is refused wherever the damage is, and nothing is replaced', async () => {
  const { plain, sealed, secret } = await paper()
  for (const [file, identities] of [
    [plain, []],
    [sealed, [secret]],
  ] as const) {
    const whole = readFileSync(file)
    for (const at of [2, 100, 0.3, 0.7].map(place =>
      place < 1 ? Math.floor(place * whole.length) : place,
    )) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 0x10
      expect(await refusal(await changed(flipped), { identities: [...identities] })).toContain(
        'cannot be used as a backup',
      )
    }
    for (const length of [0, 10, Math.floor(whole.length / 2), whole.length - 1])
      expect(
        await refusal(await changed(whole.subarray(0, length)), { identities: [...identities] }),
      ).toContain('cannot be used as a backup')
  }
})

/** An archive as somebody else might make one, its list in order. */
function forged(members: { name: string; content?: Buffer; kind?: string }[]): Buffer {
  const blocks: Buffer[] = []
  const sums: string[] = []
  const add = (name: string, content: Buffer, kind = '0') => {
    const header = tarHeader({ name, size: content.length, mode: 0o600, modified: 0 }) as Buffer
    header.write(kind, 156)
    header.fill(' ', 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    blocks.push(header, content, tarPadding(content.length))
    sums.push(`${createHash('sha256').update(content).digest('hex')}  ${name}\n`)
  }
  for (const { name, content = Buffer.from('x'), kind } of members) add(name, content, kind)
  const manifest = { format: 1, ...about, files: 1, bytes: 1, withKey: false, missing: [], leftOut: [] }
  add('handpress-backup.json', Buffer.from(JSON.stringify(manifest)))
  add('SHA256SUMS', Buffer.from(sums.join('')))
  return gzipSync(Buffer.concat([...blocks, TAR_END]))
}

test('a hostile archive writes nowhere else, brings nothing but files, and cannot fill the disk', async () => {
  const refused = async (members: Parameters<typeof forged>[0]) => refusal(await changed(forged(members)))
  for (const name of ['../outside', '/etc/outside', 'media/../../outside', 'a//b', './a'])
    expect(await refused([{ name }])).toContain('outside of its folder')
  for (const kind of ['1', '2', '3', '5', 'x', 'L'])
    expect(await refused([{ name: 'media', kind }])).toContain('something other than plain files')
  expect(await refused([{ name: 'a' }, { name: 'a' }])).toContain('cannot be used')
  expect(await refused([{ name: 'site.db', content: Buffer.from('no database') }])).toContain('is damaged')
  expect(await refused([{ name: 'staff-key' }])).toContain('site.db in it is damaged (it is missing)')
  const header = tarHeader({ name: 'zeros', size: 2_000_000_000_000, mode: 0o600, modified: 0 }) as Buffer
  expect(await refusal(await changed(gzipSync(header)))).toContain('far more than any backup of its size')
})

test('a backup of a newer program is refused; what is there is put aside only when told to', async () => {
  const { plain } = await paper()
  const { into } = await restore(plain)
  await expect(restore(plain, { into })).rejects.toThrow(`${into} is not empty`)
  const db = openSqlite(path.join(into, 'site.db'))
  await db.run(sql`insert into migrations (name, checksum, applied) values ('9999-later.sql', '', '')`)
  await db.close()
  const newer = path.join(await temporaryFolder(), 'newer.tar.gz')
  const premises = premisesOf({ dataDir: into, databaseFile: path.join(into, 'site.db') })
  await makeBackup(premises, { file: newer, recipients: [], about })
  expect(await refusal(newer)).toContain('Start the version of Handpress that brought it, or a newer one')
  const { replaced } = await restore(plain, { into, force: true })
  expect(replaced).toBe(`${into}.replaced-2021-01-05T12-00-00`)
  expect(existsSync(path.join(replaced ?? '', 'site.db'))).toBe(true)
})

test('a restore that a crash cut between its last two steps is finished by the next start', async () => {
  const { plain } = await paper()
  const { into } = await restore(plain)
  renameSync(into, `${into}.restored`)
  const press = await openPress({ DATA_DIR: into })
  expect((await press.http.inject('/articles/backups-that-restore')).statusCode).toBe(200)
  expect(existsSync(`${into}.restored`)).toBe(false)
})

test('after a restore, what fell due meanwhile waits for an editor: articles and mail', async () => {
  const time = movableClock('2021-01-04T12:00:00.000Z')
  const press = await openNewsroom({}, { clock: time.clock })
  const editor = await colleague(press, 'editor')
  const id = await newArticle(editor)
  await save(editor, id, { title: 'Later', dek: 'Soon.', body: 'A text.\n', slug: 'later' })
  expect((await editor.post(`/admin/articles/${id}/schedule`, { at: '2021-01-04T13:00' })).statusCode).toBe(
    303,
  )
  await signUp(press, { email: 'bob@example.org' })
  const file = path.join(await temporaryFolder(), 'paper.tar.gz')
  const premises = premisesOf({ dataDir: press.dataDir, databaseFile: path.join(press.dataDir, 'site.db') })
  await makeBackup(premises, { file, recipients: [], about })
  time.advance(2 * 3_600_000)
  const { into } = await restore(file)
  const copy = await openPress({ DATA_DIR: into }, { clock: time.clock })
  await copy.articles.schedule.publishDue()
  await copy.mail.deliverDue()
  expect((await copy.http.inject('/articles/later')).statusCode).toBe(404)
  expect(existsSync(path.join(into, 'outbox'))).toBe(false)
  const { body } = await (await colleague(copy, 'editor', 'Eve')).get('/admin')
  expect(body).toContain('One scheduled article is held')
  expect(body).toContain('One mail waits since the restore')
})

test('a file that goes away between its row and its reading makes the snapshot anew; what stays missing is said', async () => {
  const { press, premises } = await paper()
  const file = path.join(await temporaryFolder(), 'paper.tar.gz')
  let rounds = 0
  const racing = {
    ...premises,
    async *named(site: string, tips: string | undefined) {
      rounds += 1
      yield* premises.named(site, tips)
      if (rounds === 1) yield 'media/deleted-meanwhile.webp'
    },
  }
  const { manifest } = await makeBackup(racing, { file, recipients: [], about })
  expect([rounds, manifest.missing]).toEqual([2, []])
  const lost = { ...premises, named: () => gone() }
  const { manifest: told } = await makeBackup(lost, { file, recipients: [], about, force: true })
  expect(told.missing).toEqual(['media/lost.webp'])
  expect(readdirSync(press.dataDir).filter(name => name.startsWith('backing-up'))).toEqual([])
})

async function* gone() {
  yield 'media/lost.webp'
}

test('a backup is not written over another one, into a missing folder, or into the data folder', async () => {
  const { press, premises, plain, folder } = await paper()
  const make = (file: string) => makeBackup(premises, { file, recipients: [], about })
  await expect(make(plain)).rejects.toThrow('is there already')
  await expect(make(path.join(folder, 'none', 'a.tar.gz'))).rejects.toThrow('There is no folder')
  await expect(make(path.join(press.dataDir, 'a.tar.gz'))).rejects.toThrow('lies in the data folder')
  await mkdir(path.join(folder, 'some'))
  await expect(make(path.join(folder, 'some'))).rejects.toThrow('is a folder')
  const { code, printed } = await command(
    ['backup', path.join(folder, 'b'), '--recipient', 'age1no'],
    press.dataDir,
  )
  expect([code, printed]).toEqual([1, 'age1no is no age public key (age1…).\n'])
})

test('a damaged database is not taken for a backup', async () => {
  const { plain } = await paper()
  const { into } = await restore(plain)
  const bytes = readFileSync(path.join(into, 'site.db'))
  bytes.fill(0x55, 40_960, 49_152)
  writeFileSync(path.join(into, 'site.db'), bytes)
  const premises = premisesOf({ dataDir: into, databaseFile: path.join(into, 'site.db') })
  const file = path.join(await temporaryFolder(), 'paper.tar.gz')
  await expect(makeBackup(premises, { file, recipients: [], about })).rejects.toThrow(/damaged|malformed/)
  expect(existsSync(file) || existsSync(`${file}.partial`)).toBe(false)
})
