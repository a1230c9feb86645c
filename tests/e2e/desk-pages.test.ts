import { expect, test } from 'vitest'
import { atAGlance, describeInBrowser, hasProgram } from '../support/browser.js'
import { everyDeskPage } from '../support/every-desk-page.js'
import { htmlErrors, visibleProblems } from '../support/page-checks.js'
import { sharedByTests } from '../support/press.js'

/** Answers that are no page of the desk's, and doors that the walk through the readers' pages shows. */
const notPages = [
  '/admin/account/confirm/passkey',
  '/admin/account/passkeys/options',
  '/admin/confirm-email/:token',
  '/admin/invitation/:token',
  '/admin/invitation/:token/passkey',
  '/admin/media/:id/original',
  '/admin/media/pick',
  // An import shows them while it lasts; tests/newsletter/import-desk.test.ts does.
  '/admin/newsletter/readers/imports/:id',
  '/admin/newsletter/readers/imports/:id/problems.csv',
  '/admin/redirects/export.csv',
  '/admin/redirects/imports/:id',
  '/admin/reset',
  '/admin/reset/:token',
  '/admin/setup',
  '/admin/sign-in',
  '/admin/sign-in/passkey',
  '/admin/site',
  '/admin/tips/:id/parts/:part',
  '/admin/tips/keys/:id/file',
  '/admin/tips/keys/mine',
  '/admin/tips/resealing/parts',
]

const walk = sharedByTests(everyDeskPage)

test('every page of the desk is found by following its links, and each link leads somewhere', async () => {
  const { missed, dead } = await walk()
  expect(dead).toEqual([])
  expect(missed.filter(route => !notPages.includes(route))).toEqual([])
})

test.skipIf(!hasProgram('java', 'default-jre-headless'))(
  'every page of the desk is valid HTML to the Nu checker',
  async () => {
    const { pages } = await walk()
    expect(await htmlErrors(pages)).toEqual([])
  },
)

describeInBrowser(
  'every page of the desk, light and dark, on a phone and on a desk',
  browser => {
    test('has no axe violation, no sideways scrolling and no message in the console', async () => {
      const { pages, ...shown } = await walk()
      // A mail is no page: it is judged in the frame that shows it.
      const whole = pages.filter(({ name }) => !/newsletter-issues-.*-preview-page/.test(name))
      expect(await visibleProblems(browser(), { ...shown, pages: whole, alternating: true })).toEqual([])
    }, 900_000)
  },
  atAGlance,
)
