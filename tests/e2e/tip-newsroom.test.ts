import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { seal } from '../../views/assets/tips/seal.js'
import { describeInBrowser, hasProgram } from '../support/browser.js'
import { colleague, cookiesFor } from '../support/desk.js'
import { firstKey, inTipStore, keepTip } from '../support/kept-tips.js'
import { openPress, type Press, temporaryFolder } from '../support/press.js'
import { freePort } from '../support/program.js'
import { watched, whatRan } from '../support/watched-page.js'

const command = promisify(execFile)

const passphrase = 'horses on a green hill, seven of them'

const proof = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))

/** A picture that says where it was taken, lying on its side. */
const picture = () =>
  sharp({ create: { width: 60, height: 30, channels: 3, background: '#a03020' } })
    .jpeg()
    .withExif({
      IFD0: { Make: 'MARKED CAMERA' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer()

async function openDesk() {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const press = await openPress({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
  const editor = await colleague(press, 'editor', 'Ed Editor')
  await press.http.listen({ port, host: '127.0.0.1' })
  return { press, origin, editor, key: path.join(press.dataDir, 'newsroom-key.txt') }
}

async function unlock(page: Page, key: string): Promise<void> {
  await page.setInputFiles('#tip-key-file', key)
  await page.getByRole('button', { name: 'Unlock in this tab' }).click()
  await page.getByText('Your key is unlocked in this tab only.').waitFor()
}

/** Gives somebody a key that the server keeps, sealed with a passphrase, as the page of the keys does. */
async function giveKey({ db, dataDir }: Press, account: string): Promise<void> {
  const identity = await generateX25519Identity()
  const publicKey = await identityToRecipient(identity)
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(12)
  const wrapped = armor.encode(await encrypter.encrypt(`${identity}\n`))
  await db.run(sql`
    insert into tip_keys (id, public_key, kind, account_id, label, wrapped, made)
    values ('key', ${publicKey}, 'editor', ${account}, '', ${wrapped}, '2021-01-01T00:00:00.000Z')`)
  await inTipStore(dataDir, tips => tips.addRecipient(publicKey, '2021-01-01'))
}

async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
}

describeInBrowser('the newsroom', browser => {
  test('reads a tip, answers, notes, saves its files, takes it away and shreds it', async () => {
    const { press, origin, editor, key } = await openDesk()
    const { dataDir } = press
    await giveKey(press, editor.id)
    const source = await generateX25519Identity()
    const id = await keepTip(dataDir, {
      ...{ message: '\n  The bridge is cracked.\nI saw it.', contact: 'Signal: +1' },
      files: [
        { name: 'proof.bin', content: proof },
        { name: 'bridge.jpg', content: await picture() },
      ],
      sourceKey: await identityToRecipient(source),
    })
    const context = await browser().newContext()
    await context.addCookies(cookiesFor(editor, origin))
    const page = await context.newPage()
    const complaints: string[] = []
    const sent: string[] = []
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('request', request => sent.push(request.postDataBuffer()?.toString('latin1') ?? ''))

    await page.goto(`${origin}/admin/tips`)
    await page.getByLabel('Passphrase of your key').fill('another passphrase than that')
    await page.getByRole('button', { name: 'Unlock in this tab' }).click()
    await page.getByText('The passphrase opens no key of yours.').waitFor()
    await page.getByLabel('Passphrase of your key').fill(passphrase)
    await page.getByRole('button', { name: 'Unlock in this tab' }).click()
    await page.getByText('The bridge is cracked.', { exact: true }).waitFor()
    // There and back the key stays: it is one document all along.
    await page.getByRole('link', { name: `Tip ${id.slice(0, 6)}` }).click()
    await page.getByText('I saw it.').waitFor()
    await page.goBack()
    await page.getByText('The bridge is cracked.', { exact: true }).waitFor()
    await page.goForward()
    await page.getByText('I saw it.').waitFor()
    await page.getByText('Signal: +1').waitFor()
    await expect.poll(() => page.getByLabel('State').inputValue()).toBe('read')
    await page.getByText('JPEG picture').waitFor()

    const file = await saved(page, () => page.getByRole('button', { name: 'Save', exact: true }).click())
    expect(file.name).toBe('proof.bin')
    expect(file.content.equals(proof)).toBe(true)
    const clean = await saved(page, () => page.getByRole('button', { name: 'Save without metadata' }).click())
    expect((await picture()).includes('MARKED')).toBe(true)
    expect(clean.content.includes('MARKED')).toBe(false)
    const { exif, width, height, orientation } = await sharp(clean.content).metadata()
    expect({ exif, width, height, turned: orientation ?? 1 }).toEqual({
      exif: undefined,
      width: 30,
      height: 60,
      turned: 1,
    })
    await page.getByRole('button', { name: 'Show' }).click()
    await expect
      .poll(() => page.locator('.tip-part img').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(30)

    // What is begun in one field stays while the other is sent.
    await page.getByLabel('Note', { exact: true }).fill('Ask the engineer.')
    await page.getByLabel('Reply', { exact: true }).fill('Which of the two bridges?')
    await page.getByRole('button', { name: 'Seal and keep the reply' }).click()
    await page.getByText('The reply is kept.').waitFor()
    await page.getByText('Which of the two bridges?').waitFor()
    await page.getByRole('button', { name: 'Seal and keep the note' }).click()
    await page.getByText('The note is kept.').waitFor()
    await page.locator('.tip-text', { hasText: 'Ask the engineer.' }).waitFor()
    await page.getByLabel('Who sees to it').selectOption({ label: 'Ed Editor' })
    await page.getByRole('button', { name: 'Assign' }).click()
    await page.getByText('The tip has somebody who sees to it.').waitFor()
    await page.locator('.tip-text', { hasText: 'I saw it.' }).waitFor()
    expect(await inTipStore(dataDir, tips => tips.byId(id))).toMatchObject({
      state: 'replied',
      assigned: editor.id,
    })

    const decrypter = new Decrypter()
    decrypter.addIdentity(source)
    const reply = await decrypter.decrypt(
      await readFile(path.join(dataDir, 'tips/sealed', id, '2-reply.age')),
    )
    expect(Buffer.from(reply).includes('Which of the two bridges?')).toBe(true)
    const note = await readFile(path.join(dataDir, 'tips/sealed', id, '3-note.age'))
    await expect(decrypter.decrypt(note)).rejects.toThrow()
    // Both go to the whole newsroom, not to who wrote them alone.
    const colleagues = new Decrypter()
    colleagues.addIdentity(firstKey(dataDir))
    expect(Buffer.from(await colleagues.decrypt(note)).includes('Ask the engineer.')).toBe(true)
    const kept = await colleagues.decrypt(
      await readFile(path.join(dataDir, 'tips/sealed', id, '2-reply.age')),
    )
    expect(Buffer.from(kept).includes('Which of the two bridges?')).toBe(true)
    expect(sent.filter(body => /bridges|engineer|AGE-SECRET|green hill/.test(body))).toEqual([])

    await page.getByLabel('Sealed to').selectOption('all')
    const archive = await saved(page, () => page.getByRole('button', { name: 'Make case.age' }).click())
    await opensWithPrograms(archive.content, key)

    await page.getByRole('button', { name: 'Lock now' }).click()
    await page.getByRole('button', { name: 'Unlock in this tab' }).waitFor()
    expect(await page.content()).not.toMatch(/bridge|engineer/)
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0])
    page.on('dialog', dialog => void dialog.accept())
    await page.getByLabel('Shred this tip for good').check()
    await page.getByRole('button', { name: 'Shred', exact: true }).click()
    await page.getByText('The tip is shredded.').waitFor()
    expect(existsSync(path.join(dataDir, 'tips/sealed', id))).toBe(false)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('without scripts finds the sealed files to take away, and can mark and shred', async () => {
    const { press, origin, editor } = await openDesk()
    const id = await keepTip(press.dataDir, { files: [{ name: 'proof.bin', content: proof }] })
    const context = await browser().newContext({ javaScriptEnabled: false })
    await context.addCookies(cookiesFor(editor, origin))
    const page = await context.newPage()
    await page.goto(`${origin}/admin/tips`)
    await page.getByText('Tips are opened in the browser, which needs scripts.').waitFor()
    expect(await page.getByRole('button', { name: 'Unlock in this tab' }).isVisible()).toBe(false)
    await page.getByRole('link', { name: `Tip ${id.slice(0, 6)}` }).click()
    const { name, content } = await saved(page, () =>
      page.getByRole('link', { name: 'download 1-file-1.age' }).click(),
    )
    expect(name).toMatch(/\.age$/)
    expect(content.equals(await readFile(path.join(press.dataDir, 'tips/sealed', id, '1-file-1.age')))).toBe(
      true,
    )
    expect(await page.getByRole('button', { name: 'Seal and keep the note' }).isVisible()).toBe(false)
    await page.getByLabel('State').selectOption('closed')
    await page.getByRole('button', { name: 'Mark' }).click()
    await page.getByText('The tip is marked as closed.').waitFor()
    await page.getByLabel('Shred this tip for good').check()
    await page.getByRole('button', { name: 'Shred', exact: true }).click()
    await page.getByText('No tip has come yet').waitFor()
    await context.close()
  })

  test('runs nothing that a tip brings, whatever its text, its names and its files are', async () => {
    const { press, origin, editor, key } = await openDesk()
    const { dataDir } = press
    const image = '<img src=x onerror=pwned()>'
    const id = await keepTip(dataDir, {
      files: ['svg', 'html', 'gif'].map(name => ({ name, content: Buffer.from('x') })),
    })
    const recipients = await inTipStore(dataDir, tips => tips.recipients())
    const put = async (part: string, entries: Parameters<typeof seal>[0]) => {
      const sealed = await seal(entries, recipients)
      await writeFile(path.join(dataDir, 'tips/sealed', id, part), Buffer.from(await sealed.arrayBuffer()))
    }
    const text = `${image}<script>pwned()</script>\n\u202Egpj.exe\u0007\u001b[31m red`
    await put('1-message.age', [
      { name: 'message.txt', content: text },
      { name: 'contact.txt', content: '"><svg onload=pwned()>' },
    ])
    const drawing = '<svg onload="pwned()"><script>pwned()</script></svg>'
    await put('1-file-1.age', [{ name: `../../etc/${image}.svg`, content: drawing }])
    await put('1-file-2.age', [
      { name: 'a\u202Egpj.html', content: '<!doctype html><script>pwned()</script>' },
    ])
    await put('1-file-3.age', [
      { name: '..\\..\\x.jpg', content: 'GIF89a=1;pwned()/*<script>pwned()</script>' },
    ])
    const context = await watched(browser(), origin)
    await context.addCookies(cookiesFor(editor, origin))
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(`${origin}/admin/tips`)
    await unlock(page, key)
    await page.getByText(image).waitFor()
    expect(await whatRan(page)).toEqual([])
    await page.getByRole('link', { name: `Tip ${id.slice(0, 6)}` }).click()
    await page.getByText('GIF picture').waitFor()
    const shown = await page.locator('.tip-text').first().textContent()
    expect(shown).toContain('\u202Egpj.exe\uFFFD\uFFFD[31m red')
    const names = ['_img src=x onerror=pwned()_.svg', 'a_gpj.html', 'x.jpg']
    expect(await page.locator('.file-name').allTextContents()).toEqual(names)
    // Only what is drawn without running anything can be shown, and not before somebody asks.
    expect(await page.locator('.tip-part img').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Show' }).count()).toBe(1)
    await page.getByRole('button', { name: 'Show' }).click()
    await page.locator('.tip-part img').waitFor({ state: 'attached' })
    const svg = await saved(page, () =>
      page.getByRole('button', { name: 'Save', exact: true }).first().click(),
    )
    expect(svg.name).toBe(names[0])
    expect(await whatRan(page)).toEqual([])
    // Left alone, the tab forgets.
    await page.clock.fastForward('31:00')
    await page.getByRole('button', { name: 'Unlock in this tab' }).waitFor()
    expect(await page.locator('.tip-text, .file-name, .tip-part img').count()).toBe(0)
    await context.close()
  })
})

/** The archive of a case is what the standard programs take apart. */
async function opensWithPrograms(archive: Buffer, key: string): Promise<void> {
  if (!hasProgram('age', 'age') || !hasProgram('unzip', 'unzip')) return
  const folder = await temporaryFolder()
  await writeFile(path.join(folder, 'case.age'), archive)
  await command('age', ['-d', '-i', key, '-o', path.join(folder, 'case.zip'), path.join(folder, 'case.age')])
  await command('unzip', ['-q', path.join(folder, 'case.zip'), '-d', path.join(folder, 'case')])
  const read = (name: string) => readFile(path.join(folder, 'case', name))
  expect((await readdir(path.join(folder, 'case'))).sort()).toEqual([
    ...['1-message', '2-reply', '3-note', 'index.txt', 'padding'],
  ])
  expect((await read('1-message/message.txt')).toString()).toContain('The bridge is cracked.')
  expect((await read('1-message/contact.txt')).toString()).toBe('Signal: +1')
  expect((await read('1-message/proof.bin')).equals(proof)).toBe(true)
  expect((await read('2-reply/message.txt')).toString()).toBe('Which of the two bridges?')
  expect((await read('3-note/message.txt')).toString()).toBe('Ask the engineer.')
  expect((await read('index.txt')).toString()).toContain('proof.bin, 70000 bytes')
}
