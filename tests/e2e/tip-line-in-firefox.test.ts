import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { describeInFirefox } from '../support/firefox.js'
import { temporaryFolder } from '../support/press.js'
import { sealedParts } from '../support/tips.js'
import { openWatchedPress } from '../support/watched-press.js'

const message = 'The ferry was sold twice.'

describeInFirefox('a source whose browser is of Tor Browser’s kind', inFirefox => {
  test('seals a text and a file on the device, writes seven words down and comes back with them', async () => {
    const { press, origin, came } = await openWatchedPress()
    const file = path.join(await temporaryFolder(), 'MARKED-deed.txt')
    await writeFile(file, 'MARKED-CONTENT')
    await inFirefox(async tab => {
      await tab.goTo(`${origin}/tips`)
      await tab.type('#message', message)
      await tab.textOf('#sealing', 'Sealed on your device.')
      await tab.type('#files', file)
      await tab.press('#send')
      const codename = await tab.textOf('#codename', ' ')
      expect(codename.split(' ')).toHaveLength(7)

      await tab.goTo(`${origin}/tips/return`)
      await tab.textOf('#sealing', 'Your words stay on your device.')
      await tab.type('#return-codename', codename)
      await tab.press('#return-send')
      await tab.textOf('main', 'a message and 1 file')
      expect(came()).not.toContain(codename.split(' ')[0])
    })
    expect(sealedParts(press.dataDir)).toHaveLength(2)
    for (const secret of [message, 'MARKED', 'codename=']) expect(came()).not.toContain(secret)
  })
})
