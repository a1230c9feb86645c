import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'

/** Chromium as it is, or the same without a window, which takes a third less of the processor: where it is there, it is taken. */
const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const executablePath = browsers.find(existsSync) ?? ''

// Chromium looks for its maker's hosts at every start unless told not to.
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** For pages that are looked at once each: they are gone before a compiler that optimizes repays what it takes. */
export const atAGlance = ['--js-flags=--no-opt,--no-maglev']

/**
 * A group of tests in a real browser; where there is none it is skipped with a line that says so.
 * @param further arguments of the browser
 */
export function describeInBrowser(
  name: string,
  tests: (browser: () => Browser) => void,
  further: string[] = [],
): void {
  const found = present(
    executablePath !== '',
    `${name}: needs one of ${browsers.join(', ')} (Debian: apt-get install chromium-headless-shell)`,
  )
  describe.skipIf(!found)(name, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: [...args, ...further] })
    })
    afterAll(() => browser.close())
    tests(() => browser)
  })
}

/** Whether a program is there; if not, says which Debian package brings it. */
export function hasProgram(program: string, debianPackage: string): boolean {
  let found = true
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
  } catch {
    found = false
  }
  return present(found, `${program} is missing (Debian: apt-get install ${debianPackage})`)
}

// A developer may lack a tool and is told; the checks that guard the main branch may not skip anything.
function present(found: boolean, missing: string): boolean {
  if (found) return true
  if (process.env.CI) throw new Error(missing)
  process.stderr.write(`SKIPPED ${missing}\n`)
  return false
}
