import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, onTestFinished, test } from 'vitest'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { createLogger } from '../../src/foundation/log.js'
import { seal } from '../../views/assets/tips/seal.js'
import { colleague } from '../support/desk.js'
import { inTipStore } from '../support/kept-tips.js'
import { form, temporaryFolder } from '../support/press.js'
import { serveTipDoor } from '../support/program.js'
import { multipart, sealedParts } from '../support/tips.js'

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

test('sources write in one program while the newsroom answers, notes, shreds and sets in another: nothing is refused, nothing lost', async () => {
  const dataDir = await temporaryFolder()
  const door = await serveTipDoor(dataDir, { TIPS_RECIPIENTS: recipient })
  const newsroom = await openDesk(dataDir)
  const sources = await Promise.all(Array.from({ length: 24 }, () => openSource(door.url)))

  const shredded: string[] = []
  const answered = new Set<string>()
  const answer = async (): Promise<void> => {
    for (const { id, sourceKey } of await inTipStore(dataDir, tips => tips.list(100, {}))) {
      if (answered.has(sourceKey)) continue
      await newsroom.write(id, 'notes', [recipient])
      await newsroom.write(id, 'replies', [recipient, sourceKey])
      answered.add(sourceKey)
      if (answered.size % 4) continue
      await newsroom.post(`/${id}/shredding`, { certain: 'yes' })
      shredded.push(sourceKey)
    }
  }
  const answering = (async () => {
    for (let days = 91; answered.size < sources.length; days++) {
      await newsroom.post('/settings', { retentionDays: String(days) })
      await answer()
    }
  })()
  await Promise.all([answering, ...sources.map(source => source.send())])
  expect([newsroom.statuses(), newsroom.logged()]).toEqual([[303], ''])

  const tips = await inTipStore(dataDir, tips => tips.list(100, {}))
  const keys = sources.map(({ sourceKey }) => sourceKey)
  expect(tips.map(({ sourceKey }) => sourceKey).sort()).toEqual(
    keys.filter(key => !shredded.includes(key)).sort(),
  )
  const kept = await Promise.all(
    tips.map(async ({ id }) => {
      const parts = await inTipStore(dataDir, repository => repository.parts(id))
      expect(parts.map(({ kind }) => kind).sort()).toEqual(['note', 'reply', 'source', 'source'])
      const names = parts.map(({ batch, kind }) => `${batch}-${kind === 'source' ? 'message' : kind}.age`)
      return names.map(name => path.join(dataDir, 'tips/sealed', id, name))
    }),
  )
  expect(sealedParts(dataDir)).toEqual(kept.flat().sort())
  for (const source of sources)
    expect(await source.returns()).toBe(shredded.includes(source.sourceKey) ? 422 : 200)
  expect(door.printed() + newsroom.logged()).not.toContain('lock')
})

/** A source whose browser seals, so that nobody waits for codenames. */
async function openSource(url: string) {
  const lookup = randomBytes(32).toString('base64url')
  const sourceKey = await identityToRecipient(await generateX25519Identity())
  const part = { name: 'message.age', content: await sealedTo([recipient]), field: 'sealed' }
  const post = async (
    address: string,
    { payload, headers }: { payload: string | Buffer; headers: Record<string, string> },
  ) =>
    (await fetch(url + address, { method: 'POST', body: Uint8Array.from(Buffer.from(payload)), headers }))
      .status
  return {
    sourceKey,
    /** Sends a tip and at once some more, which finds nothing where the newsroom was faster in shredding it. */
    async send(): Promise<void> {
      expect(await post('/tips', multipart({ lookup, source_key: sourceKey }, [part]))).toBe(200)
      expect([200, 422]).toContain(await post('/tips/return/messages', multipart({ lookup }, [part])))
    },
    returns: () => post('/tips/return', form({ lookup })),
  }
}

/** The newsroom's door in this process, and an owner at the desk. */
async function openDesk(dataDir: string) {
  const config = readConfig({ DATA_DIR: dataDir, RATE_LIMITS: 'off', TIPS_RECIPIENTS: recipient })
  const lines: string[] = []
  const log = createLogger('warn', { write: line => void lines.push(line) })
  const app = await openApp(config, { log }, { withSourceDoor: false })
  onTestFinished(() => app.http.close())
  const owner = await colleague({ ...app, dataDir, logged: () => '' }, 'owner')
  const statuses = new Set<number>()
  const headers = {
    ...{ 'content-type': 'application/octet-stream', cookie: owner.cookie },
    'x-csrf-token': await owner.token(),
  }
  return {
    async post(address: string, fields: Record<string, string>): Promise<void> {
      statuses.add((await owner.post(`/admin/tips${address}`, fields)).statusCode)
    },
    async write(id: string, kind: string, recipients: string[]): Promise<void> {
      const payload = await sealedTo(recipients)
      const answer = await app.http.inject({
        method: 'POST',
        url: `/admin/tips/${id}/${kind}`,
        headers,
        payload,
      })
      statuses.add(answer.statusCode)
    },
    /** of all that was done */
    statuses: () => [...statuses],
    logged: () => lines.join(''),
  }
}

async function sealedTo(recipients: string[]): Promise<Buffer> {
  const blob = await seal([{ name: 'message.txt', content: 'They moved the files.' }], recipients)
  return Buffer.from(await blob.arrayBuffer())
}
