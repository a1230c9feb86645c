import { cpSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openTipStore, tipsRepository } from '../../src/tips/store/index.js'
import { temporaryFolder } from '../support/press.js'

type Store = Awaited<ReturnType<typeof openTipStore>>
type Enter = Parameters<Store['keep']>[0]['enter']

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
const day = '2021-01-04'
const clock = () => new Date(`${day}T12:00:00Z`)

async function open(dataDir: string, doors: 'source' | 'newsroom', warnings: string[] = []): Promise<Store> {
  const log = { warn: (text: unknown) => void warnings.push(String(text)) }
  const store = await openTipStore({ dataDir, clock, doors, log })
  onTestFinished(() => store.close())
  return store
}

/** Seals a message and brings it to its place under a tip. */
async function bring(store: Store, tipId: string, enter: Enter): Promise<boolean> {
  const staged = store.sealed.stage([recipient])
  await staged.message('They moved the files.', '')
  return store.keep({ tipId, kind: 'source', day, staged, enter }).finally(() => staged.discard())
}

const filesIn = (dataDir: string) =>
  readdirSync(path.join(dataDir, 'tips/sealed'), { recursive: true, encoding: 'utf8' }).sort()

test('what a crash or a failure leaves between files and rows goes, of a first message and of a later one, and nothing else with it', async () => {
  const dataDir = await temporaryFolder()
  const store = await open(dataDir, 'source')
  const stands: Enter = async tx => {
    await tipsRepository(tx).add({ id: 'a', day, sourceKey: '' }, 'lookup')
    return true
  }
  expect(await bring(store, 'a', stands)).toBe(true)
  for (const tipId of ['a', 'b']) {
    // The disk as a crash leaves it just before the rows would stand.
    const crashed = await temporaryFolder()
    const cut: Enter = async () => {
      cpSync(dataDir, crashed, { recursive: true })
      throw new Error('The disk is full.')
    }
    await expect(bring(store, tipId, cut)).rejects.toThrow('The disk is full.')
    expect(filesIn(dataDir)).toEqual(['a', 'a/1-message.age'])

    const left = filesIn(crashed)
    expect(left).toHaveLength(tipId === 'a' ? 3 : 4)
    const warnings: string[] = []
    // A command that opens the same folder leaves it alone, and so does the other door.
    await open(crashed, 'source', warnings)
    await (await open(crashed, 'newsroom', warnings)).sweep()
    expect(filesIn(crashed)).toEqual(left)
    const next = await open(crashed, 'source', warnings)
    await next.sweep()
    expect(filesIn(crashed)).toEqual(['a', 'a/1-message.age'])
    expect(await next.db.all(sql`select * from arriving`)).toEqual([])
    expect(warnings).toEqual([])
  }
})

test('what finds no place any more leaves nothing, and the next gets its number', async () => {
  const dataDir = await temporaryFolder()
  const store = await open(dataDir, 'source')
  expect(await bring(store, 'a', async () => false)).toBe(false)
  expect(filesIn(dataDir)).toEqual([])
  const add: Enter = async tx => {
    await tipsRepository(tx).add({ id: 'a', day, sourceKey: '' }, 'lookup')
    return true
  }
  expect(await bring(store, 'a', add)).toBe(true)
  expect(filesIn(dataDir)).toEqual(['a', 'a/1-message.age'])
})

test('what comes for a tip that is shredded at that moment has no place; a folder that is gone for another reason is a failure', async () => {
  const store = await open(await temporaryFolder(), 'source')
  const add: Enter = async tx => {
    await tipsRepository(tx).add({ id: 'a', day, sourceKey: '' }, 'lookup')
    return true
  }
  await bring(store, 'a', add)
  const staged = store.sealed.stage([recipient])
  await staged.message('One thing more.', '')
  const gone = Object.assign(new Error('no such folder'), { code: 'ENOENT' })
  const later = (meanwhile: () => Promise<void>) =>
    store.keep({
      ...{ tipId: 'a', kind: 'source', day },
      staged: {
        ...staged,
        keep: async () => {
          await meanwhile()
          throw gone
        },
      },
      enter: async tx => (await tipsRepository(tx).byId('a')) !== undefined,
    })
  await expect(later(async () => undefined)).rejects.toBe(gone)
  expect(await later(() => store.shred('a'))).toBe(false)
  await staged.discard()
})
