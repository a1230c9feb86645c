import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe } from 'vitest'
import { hasProgram } from './browser.js'
import { freePort } from './program.js'

// WebDriver's keys of elements (https://www.w3.org/TR/webdriver2/#elements).
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
const LONGEST = 30_000

/** One tab of Debian's Firefox, the kind of browser that Tor Browser is. What it waits for fails the test after half a minute. */
interface Firefox {
  goTo(address: string): Promise<void>
  /** Waits until an element shows itself that holds this text. @returns its text */
  textOf(selector: string, part: string): Promise<string>
  press(selector: string): Promise<void>
  /** Types into a field; into one for files their paths, a line each. */
  type(selector: string, text: string): Promise<void>
}

/** A group of tests in Firefox; where there is none it is skipped with a line that says so. */
export function describeInFirefox(name: string, tests: (withTab: typeof inFirefox) => void): void {
  describe.skipIf(!hasProgram('firefox-esr', 'firefox-esr'))(name, () => tests(inFirefox))
}

async function inFirefox(use: (tab: Firefox) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(path.join(tmpdir(), 'handpress-firefox-'))
  const port = await freePort()
  await writeFile(path.join(profile, 'user.js'), `user_pref("marionette.port", ${port});\n`)
  const browser = spawn(
    'firefox-esr',
    ['--headless', '--marionette', '--no-remote', '--profile', profile, 'about:blank'],
    { stdio: 'ignore' },
  )
  try {
    const socket = await connected(port, browser)
    const ask = marionette(socket)
    await ask('WebDriver:NewSession', { timeouts: { implicit: LONGEST, pageLoad: LONGEST } })
    await use(tab(ask))
    socket.destroy()
  } finally {
    const gone = browser.exitCode === null ? once(browser, 'close') : undefined
    browser.kill('SIGKILL')
    await gone
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function connected(port: number, browser: ChildProcess): Promise<Socket> {
  for (const until = Date.now() + LONGEST; Date.now() < until && browser.exitCode === null; ) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    if (isOpen) return socket
    await pause(100)
  }
  throw new Error('Firefox did not start.')
}

interface Result {
  value?: unknown
}

type Ask = (command: string, parameters?: object) => Promise<Result>

/**
 * Firefox's own remote protocol: `length:[0,id,command,parameters]` and `length:[1,id,error,result]`
 * (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
 */
function marionette(socket: Socket): Ask {
  const waiting = new Map<
    number,
    (error: { error: string; message: string } | null, result: Result) => void
  >()
  let received = Buffer.alloc(0)
  let last = 0
  const took = (message: unknown): void => {
    if (!Array.isArray(message)) return
    const [, id, error, result] = message
    waiting.get(id)?.(error, result ?? {})
    waiting.delete(id)
  }
  socket.on('data', chunk => {
    received = Buffer.concat([received, chunk])
    for (let colon = received.indexOf(':'); colon > 0; colon = received.indexOf(':')) {
      const end = colon + 1 + Number(received.subarray(0, colon).toString())
      if (received.length < end) return
      const message = received.subarray(colon + 1, end).toString()
      received = received.subarray(end)
      took(JSON.parse(message))
    }
  })
  return (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify([0, ++last, command, parameters])
      waiting.set(last, (error, result) => {
        if (error) reject(new Error(`Firefox: ${error.error}: ${error.message}`))
        else resolve(result)
      })
      socket.write(`${Buffer.byteLength(text)}:${text}`)
    })
}

function tab(ask: Ask): Firefox {
  const find = async (selector: string): Promise<string> => {
    const { value: found } = await ask('WebDriver:FindElement', { using: 'css selector', value: selector })
    return (found as Record<string, string>)[ELEMENT] ?? ''
  }
  return {
    async goTo(url) {
      await ask('WebDriver:Navigate', { url })
    },
    async textOf(selector, part) {
      for (const until = Date.now() + LONGEST; ; ) {
        const { value } = await ask('WebDriver:GetElementText', { id: await find(selector) })
        if (String(value).includes(part)) return String(value)
        if (Date.now() > until) throw new Error(`“${part}” does not show in ${selector}: ${value}`)
        await pause(100)
      }
    },
    async press(selector) {
      await ask('WebDriver:ElementClick', { id: await find(selector) })
    },
    async type(selector, text) {
      await ask('WebDriver:ElementSendKeys', { id: await find(selector), text })
    },
  }
}
