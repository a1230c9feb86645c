import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { armor, Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { parseAgeHeader } from '../../src/tips/sealing/age-header.js'
import { seal } from '../../src/tips/sealing/sealing.js'
import { describeInBrowser } from '../support/browser.js'
import { type Colleague, colleague, cookiesFor } from '../support/desk.js'
import { inTipStore, keepTip } from '../support/kept-tips.js'
import { form, openPress, temporaryFolder } from '../support/press.js'
import { freePort } from '../support/program.js'
import { holding, sealedParts } from '../support/tips.js'

const passphrase = 'seven horses on a green hill'
const passedOver = 'were sealed to everybody. 1 could not be sealed anew; they are named below.'

describeInBrowser('keys, in a real browser', browser => {
  test('one is made, an old tip is sealed to it by a colleague, and the secret half never leaves the tab', async () => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const press = await openPress({ PORT: String(port), SITE_URL: origin, RATE_LIMITS: 'off' })
    await press.http.listen({ port, host: '127.0.0.1' })
    const owner = await colleague(press, 'owner', 'Ada Owner')
    const editor = await colleague(press, 'editor', 'Ed Editor')
    const tip = await keepTip(press.dataDir, { files: [{ name: 'a.bin', content: Buffer.alloc(90_000, 3) }] })
    // One tip whose key is nobody's here: it is named and passed over.
    const lost = await keepTip(press.dataDir)
    const lostPart = path.join(press.dataDir, 'tips/sealed', lost, '1-message.age')
    rmSync(lostPart)
    await seal([], [await identityToRecipient(await generateX25519Identity())], lostPart)
    const sent: string[] = []
    const faults: string[] = []
    const pageOf = async (who: Colleague): Promise<Page> => {
      const context: BrowserContext = await browser().newContext({ acceptDownloads: true })
      await context.addCookies(cookiesFor(who, origin))
      context.on('request', request => {
        sent.push(`${request.url()} ${request.postDataBuffer()?.toString('latin1') ?? ''}`)
      })
      context.on('console', message => void (message.type() === 'error' && faults.push(message.text())))
      context.on('weberror', error => void faults.push(String(error.error())))
      // scrypt twice for a key: on a busy machine that takes its time.
      context.setDefaultTimeout(90_000)
      return context.newPage()
    }

    // Ed makes a key; what is wrong with a passphrase is said before anything is made.
    const desk = await pageOf(editor)
    await desk.goto(`${origin}/admin/tips/keys/new`)
    await desk.fill('#passphrase', 'passwordpassword1')
    await desk.click('text=Make the key')
    await desk.waitForSelector('#passphrase-error:not([hidden])')
    await desk.fill('#passphrase', passphrase)
    await desk.fill('#again', `${passphrase}s`)
    await desk.click('text=Make the key')
    await desk.waitForSelector('#again-error:not([hidden])')
    expect(await inTipStore(press.dataDir, tips => tips.recipients())).toHaveLength(1)
    await desk.fill('#again', passphrase)
    await desk.click('text=Make the key')
    await desk.waitForURL(`${origin}/admin/tips/keys`)
    const [own] = (await editor.get('/admin/tips/keys/mine')).json().keys
    const decrypter = new Decrypter()
    decrypter.addPassphrase(passphrase)
    const opened = await decrypter.decrypt(armor.decode(own.wrapped), 'text')
    const identity = /^AGE-SECRET-KEY-1\w+$/m.exec(opened)?.[0] ?? ''
    expect(opened).toContain(`# public key: ${own.publicKey}`)

    // Ada has the first key as a file, and seals the old tip to Ed as well.
    const machine = await pageOf(owner)
    await machine.goto(`${origin}/admin/tips/resealing`)
    const file = path.join(press.dataDir, 'tips/sealed', tip, '1-file-1.age')
    await expect(openedWith(identity, file)).rejects.toThrow()
    await machine.setInputFiles('#key-file', path.join(press.dataDir, 'newsroom-key.txt'))
    await machine.click('text=Unlock and re-seal')
    await machine.waitForSelector(`text=Done. 2 parts ${passedOver}`)
    expect(await machine.textContent('[data-skipped]')).toContain(
      `Part 1-0 of tip ${lost.slice(0, 6)}: this key does not open it, or it is damaged.`,
    )
    expect((await openedWith(identity, file)).includes(Buffer.alloc(90_000, 3))).toBe(true)

    // Ed seals everything once more with the passphrase, having closed nothing that was open to Ada.
    await desk.goto(`${origin}/admin/tips/resealing`)
    await desk.fill('#passphrase', passphrase)
    await desk.check('#whole')
    await desk.click('text=Unlock and re-seal')
    await desk.waitForSelector(`text=Done. 2 parts ${passedOver}`)
    expect(parseAgeHeader(readFileSync(file))?.stanzas).toHaveLength(2)

    // Ada stops while the first part is on its way: that one is finished, the next is left as it was.
    const headers = () => sealedParts(press.dataDir).map(name => parseAgeHeader(readFileSync(name))?.digest)
    const before = headers()
    await machine.setInputFiles('#key-file', path.join(press.dataDir, 'newsroom-key.txt'))
    await machine.check('#whole')
    await machine.route('**/parts/*', async route => {
      if (route.request().method() === 'PUT') await machine.click('[data-stop]')
      await route.continue()
    })
    await machine.click('text=Unlock and re-seal')
    await machine.waitForSelector('text=Stopped. 1 part was sealed to everybody.')
    expect(headers().filter((header, index) => header !== before[index])).toHaveLength(1)
    await machine.unroute('**/parts/*')

    // Ada keeps hers as a file, which is asked for and opened before it counts.
    await machine.goto(`${origin}/admin/tips/keys/new`)
    await machine.check('input[value="plain-file"]')
    const download = machine.waitForEvent('download')
    await machine.click('text=Make the key')
    const saved = path.join(await temporaryFolder(), 'tip-key.txt')
    await (await download).saveAs(saved)
    await machine.setInputFiles('#saved', path.join(press.dataDir, 'newsroom-key.txt'))
    await machine.click('text=Check the file and register')
    await machine.waitForSelector('#saved-error:not([hidden])')
    await machine.setInputFiles('#saved', saved)
    await machine.click('text=Check the file and register')
    await machine.waitForURL(`${origin}/admin/tips/keys`)

    // The recovery key is on paper; its public half alone is registered.
    await machine.goto(`${origin}/admin/tips/keys/recovery`)
    await machine.click('text=Make the key')
    await machine.waitForSelector('#tail')
    const shown = (await machine.textContent('[data-secret]')) ?? ''
    await machine.fill('#tail', 'wrong1')
    await machine.click('text=Register the public half')
    await machine.waitForSelector('#tail-error:not([hidden])')
    await machine.fill('#tail', shown.slice(-6).toLowerCase())
    await machine.click('text=Register the public half')
    await machine.waitForURL(`${origin}/admin/tips/keys`)

    // Ed leaves; what comes now opens to all others only.
    await owner.post(`/admin/people/${editor.id}/role`, { role: 'author' })
    await press.http.inject({ method: 'POST', url: '/tips', ...form({ message: 'They are back.' }) })
    const [fresh = ''] = sealedParts(press.dataDir).filter(
      name => !name.includes(tip) && !name.includes(lost),
    )
    expect(parseAgeHeader(readFileSync(fresh))?.stanzas).toHaveLength(3)
    await expect(openedWith(identity, fresh)).rejects.toThrow()
    expect((await openedWith(shown, fresh)).includes('They are back.')).toBe(true)
    const kept = /^AGE-SECRET-KEY-1\w+$/m.exec(readFileSync(saved, 'utf8'))?.[0] ?? ''
    expect((await openedWith(kept, fresh)).includes('They are back.')).toBe(true)

    expect(faults.filter(text => !text.includes('favicon'))).toEqual([])
    const secrets = [
      identity,
      kept,
      shown,
      passphrase,
      passphrase.replaceAll(' ', '+'),
      encodeURI(passphrase),
    ]
    expect(secrets.every(secret => secret.length > 20)).toBe(true)
    for (const secret of [...secrets, 'AGE-SECRET-KEY'])
      expect(sent.filter(request => request.includes(secret))).toEqual([])
    for (const secret of [identity, kept, shown]) expect(holding(press.dataDir, secret)).toEqual([])
    // It was looked at what was sent indeed.
    expect(sent.some(request => request.includes('BEGIN+AGE'))).toBe(true)
  })
})

async function openedWith(identity: string, file: string): Promise<Buffer> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return Buffer.from(await decrypter.decrypt(readFileSync(file)))
}
