import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Encrypter } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { newKeyPair, unlock, wrap } from '../../views/assets/tips/keys.js'
import { hasProgram } from '../support/browser.js'
import { temporaryFolder } from '../support/press.js'
import { onTerminal } from '../support/terminal.js'

const passphrase = 'räuber und gendarm im grünen wald'

describe('a passphrase', () => {
  const programs = hasProgram('age', 'age') && hasProgram('script', 'bsdutils')

  test.skipIf(!programs)(
    'seals a key so that the age program opens it, and the tab answers meanwhile',
    async () => {
      const file = path.join(await temporaryFolder(), 'key.age')
      const pair = await newKeyPair()
      let answered = 0
      const tab = setInterval(() => {
        answered += 1
      })
      writeFileSync(file, await wrap(pair, passphrase.normalize('NFD'), '2020-12-24'))
      clearInterval(tab)
      expect(answered).toBeGreaterThan(5)
      expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN AGE/)
      const printed = await onTerminal(['age', '-d', file], { 'Enter passphrase': `${passphrase}\r` })
      expect(printed).toContain(`# public key: ${pair.recipient}`)
      expect(printed).toContain(pair.identity)
    },
  )

  test.skipIf(!programs)('opens a key that the age program sealed', async () => {
    const folder = await temporaryFolder()
    const [plain, sealed] = [path.join(folder, 'key.txt'), path.join(folder, 'key.age')]
    const { identity } = await newKeyPair()
    writeFileSync(plain, `${identity}\n`)
    await onTerminal(['age', '-p', '-o', sealed, plain], {
      'Enter passphrase': `${passphrase}\r`,
      'Confirm passphrase': `${passphrase}\r`,
    })
    expect(await unlock(readFileSync(sealed), passphrase)).toBe(identity)
  })

  test('that is another opens nothing', async () => {
    const encrypter = new Encrypter()
    encrypter.setPassphrase(passphrase)
    encrypter.setScryptWorkFactor(10)
    const sealed = await encrypter.encrypt((await newKeyPair()).identity)
    await expect(unlock(sealed, `${passphrase}s`)).rejects.toThrow('does not open this key')
  })
})
