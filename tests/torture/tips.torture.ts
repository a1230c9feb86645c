import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { newKeyPair } from '../../src/tips/sealing/newsroom-key.js'
import { seal } from '../../views/assets/tips/seal.js'
import { chance } from '../support/hostile-relay.js'
import { markedText } from '../support/marks.js'
import { form, temporaryFolder } from '../support/press.js'
import { type Program, serveTipDoor } from '../support/program.js'
import { codenameIn, multipart, sealedParts } from '../support/tips.js'

/** A tip that was acknowledged, and what its source did to it since. */
interface Sent {
  proof: { codename: string } | { lookup: string }
  /** texts of which every one was acknowledged */
  texts: string[]
  erased: 'no' | 'perhaps' | 'yes'
}

const KILLS = 24

test('the source’s door is killed at random: what it acknowledged is there and opens, what was erased is gone, nothing else lies about', async () => {
  const dataDir = await temporaryFolder()
  const { recipient, identityFile } = await newKeyPair('2020-12-24')
  const key = path.join(await temporaryFolder(), 'key.txt')
  writeFileSync(key, identityFile)
  const start = () => serveTipDoor(dataDir, { TIPS_RECIPIENTS: recipient, LOG_LEVEL: 'warn' })
  const random = chance(2_024)
  const sent: Sent[] = []
  const crowd = openCrowd({ recipient, random, sent })

  let logged = ''
  for (let kill = 0; kill < KILLS; kill++) {
    const door = await start()
    const before = sent.length
    crowd.goTo(door)
    while (sent.length < before + 2) await pause(5)
    await pause(random() * 600)
    door.child.kill('SIGKILL')
    crowd.goTo(undefined)
    await door.ended
    logged += lines(door)
  }
  await crowd.disperse()

  const door = await start()
  const staging = path.join(dataDir, 'tips/staging')
  while (readdirSync(staging).length) await pause(5)
  const db = new Sqlite(path.join(dataDir, 'tips/tips.db'))
  expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(db.pragma('foreign_key_check')).toEqual([])
  expect(db.prepare('select * from shredding').all()).toEqual([])
  const rows = db.prepare('select tip_id as tip, batch, number from tip_parts').all() as Row[]
  db.close()
  expect(sealedParts(dataDir)).toEqual(rows.map(row => path.join(dataDir, 'tips/sealed', nameOf(row))).sort())
  expect(new Set(readdirSync(path.join(dataDir, 'tips/sealed')))).toEqual(new Set(rows.map(({ tip }) => tip)))

  const opened = sealedParts(dataDir).map(file =>
    execFileSync('age', ['-d', '-i', key, file], { maxBuffer: 64 * 1_048_576 }),
  )
  const lying = new Set(opened.flatMap(textsIn))
  const texts = (erased: Sent['erased']) =>
    sent.filter(one => one.erased === erased).flatMap(one => one.texts)
  expect(texts('no').filter(text => !lying.has(text))).toEqual([])
  expect(texts('yes').filter(text => lying.has(text))).toEqual([])
  for (const { proof, erased } of sent.filter(one => one.erased !== 'perhaps'))
    expect([proof, (await post(door, '/tips/return', form({ ...proof }))).status]).toEqual([
      proof,
      erased === 'yes' ? 422 : 200,
    ])
  expect(logged + lines(door)).toBe('')
  process.stdout.write(
    `${JSON.stringify({ kills: KILLS, tips: sent.length, texts: texts('no').length, erased: texts('yes').length, files: opened.length, cut: crowd.cut() })}\n`,
  )
}, 900_000)

type Row = { tip: string; batch: number; number: number }

const nameOf = ({ tip, batch, number }: Row) => `${tip}/${batch}-${number ? `file-${number}` : 'message'}.age`

const textsIn = (archive: Buffer) => archive.toString('latin1').match(/text[b-df-hj-np-tv-xz]{14}/g) ?? []

interface CrowdServices {
  recipient: string
  random: () => number
  sent: Sent[]
}

/** Sources who send, add and erase without a pause, whatever happens to the program. */
function openCrowd({ recipient, random, sent }: CrowdServices) {
  let door: Program | undefined
  let over = false
  let cut = 0
  const some = () => sent.filter(({ erased }) => erased === 'no')[Math.floor(random() * sent.length)]

  const send = async (): Promise<void> => {
    const texts = [markedText('text'), markedText('text')] as const
    const answer = await post(door, '/tips', withFile(...texts))
    if (answer.status === 200)
      sent.push({ proof: { codename: codenameIn(answer.body) }, texts: [...texts], erased: 'no' })
  }
  const sendSealed = async (): Promise<void> => {
    const text = markedText('text')
    const proof = { lookup: randomBytes(32).toString('base64url') }
    const source_key = await identityToRecipient(await generateX25519Identity())
    const sealed = await seal([{ name: 'message.txt', content: text }], [recipient])
    const content = Buffer.from(await sealed.arrayBuffer())
    const body = multipart({ ...proof, source_key }, [{ name: 'message.age', content, field: 'sealed' }])
    if ((await post(door, '/tips', body)).status === 200) sent.push({ proof, texts: [text], erased: 'no' })
  }
  const add = async (): Promise<void> => {
    const one = some()
    if (!one) return
    const texts = [markedText('text'), markedText('text')] as const
    const answer = await post(door, '/tips/return/messages', withFile(...texts, one.proof))
    if (answer.status === 200) one.texts.push(...texts)
  }
  const erase = async (): Promise<void> => {
    const one = some()
    if (!one || random() < 0.9) return
    one.erased = 'perhaps'
    const answer = await post(door, '/tips/return/erasure', form({ ...one.proof, certain: 'yes' }))
    if (answer.status === 200) one.erased = 'yes'
  }
  const again = async (deed: () => Promise<void>): Promise<void> => {
    while (!over) {
      await pause(10)
      if (!door) continue
      await deed().catch(() => {
        cut += 1
      })
    }
  }
  const deeds = [send, send, sendSealed, sendSealed, sendSealed, add, add, erase]
  let everybody: Promise<unknown> | undefined
  return {
    goTo(program: Program | undefined): void {
      door = program
      everybody ??= Promise.all(deeds.map(again))
    },
    async disperse(): Promise<void> {
      over = true
      await everybody
    },
    /** how many requests were cut off */
    cut: () => cut,
  }

  function withFile(message: string, last: string, fields: Record<string, string> = {}) {
    const content = Buffer.concat([Buffer.alloc(Math.floor(random() * 2_000_000)), Buffer.from(last)])
    return multipart({ message, ...fields }, [{ name: 'file', content }])
  }
}

async function post(
  program: Program | undefined,
  address: string,
  { payload, headers }: { payload: string | Buffer; headers: Record<string, string> },
): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${program?.url}${address}`, {
    method: 'POST',
    body: Uint8Array.from(Buffer.from(payload)),
    headers,
  })
  return { status: answer.status, body: await answer.text() }
}

/** What the program logged, beside its greeting. */
function lines(program: Program): string {
  return program.printed().replace(/^\n?The source’s door is open.*\n/, '')
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, milliseconds))
}
