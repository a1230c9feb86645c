import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { describeInBrowser } from '../support/browser.js'
import { type Colleague, colleague } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { browserOf, listening } from '../support/editor.js'
import { openNewsroom } from '../support/newsroom.js'

const save = '#manuscript button:text-is("Save")'

describeInBrowser('writing with scripts off', browser => {
  test('an article is begun, previewed, fought over, and brought back from its history', {
    timeout: 90_000,
  }, async () => {
    const press = await openNewsroom()
    const url = await listening(press)
    const ann = await page(browser(), url, await colleague(press, 'author', 'Ann'))
    const bert = await page(browser(), url, await colleague(press, 'editor', 'Bert'))
    await ann.goto(`${url}/admin/articles`)
    await ann.getByRole('button', { name: 'New article' }).first().click()
    const address = ann.url()
    await ann.getByLabel('Title').fill('Ink is dear')
    await ann.getByLabel('Text', { exact: true }).fill('The price of ink rose.')
    await ann.getByRole('button', { name: 'Preview' }).click()
    const frame = ann.frameLocator('iframe[title="The article on a phone"]')
    await expect.poll(() => frame.locator('h1').textContent()).toBe('Ink is dear')
    expect(await frame.locator('.prose').textContent()).toContain('The price of ink rose.')

    await ann.goto(address)
    await bert.goto(address)
    expect(await bert.locator('#others').textContent()).toContain('Ann has this article open too')
    await bert.getByLabel('Text', { exact: true }).fill('The price of paper rose.')
    await bert.locator(save).click()
    expect(await bert.locator('.said').textContent()).toContain('Saved.')
    await ann.getByLabel('Text', { exact: true }).fill('The price of ink fell.')
    await ann.locator(save).click()
    expect(await ann.locator('#theirs').textContent()).toBe('The price of paper rose.')
    expect(await ann.locator('#mine').textContent()).toBe('The price of ink fell.')
    await ann.getByLabel('Your text, to work on').fill('The price of ink and paper rose.')
    await ann.getByRole('button', { name: 'Save mine instead' }).click()
    expect(await ann.getByLabel('Text', { exact: true }).inputValue()).toBe(
      'The price of ink and paper rose.',
    )

    await ann.getByRole('link', { name: 'History' }).click()
    await ann.getByRole('button', { name: 'Compare' }).click()
    expect(await ann.locator('.compared-text ins').count()).toBeGreaterThan(0)
    await ann
      .getByRole('button', { name: /^Bring back revision/ })
      .first()
      .click()
    expect(await ann.locator('.said').textContent()).toContain('is the working copy again')
    await ann.getByRole('button', { name: 'Undo' }).click()
    expect(await ann.getByLabel('Text', { exact: true }).inputValue()).toBe(
      'The price of ink and paper rose.',
    )
  })

  test('texts keep every byte when the form is opened and saved', { timeout: 90_000 }, async () => {
    const press = await openSampleEdition()
    const url = await listening(press)
    const tab = await page(browser(), url, await colleague(press, 'editor', 'Bert'))
    for (const [index, body] of strange.entries()) {
      await press.articles.desk.submit({ ...strangeArticle, slug: `strange-${index}`, body })
    }
    const all = (await press.db.all(sql`select id, body from articles limit 100`)) as {
      id: string
      body: string
    }[]
    expect(all.length).toBeGreaterThan(10)
    for (const { id, body } of all) {
      await tab.goto(`${url}/admin/articles/${id}`)
      await tab.locator(save).click()
      expect(await tab.locator('.said').textContent(), body.slice(0, 80)).toContain('Nothing had changed.')
    }
    for (const { id, body } of all.slice(-strange.length)) {
      await tab.goto(`${url}/admin/articles/${id}`)
      await tab.getByLabel('Title').fill('Another title')
      await tab.locator(save).click()
      const { manuscript } = await press.articles.manuscripts.working(press.db, id)
      expect(manuscript).toMatchObject({ title: 'Another title', body })
    }
  })
})

const strange = [
  '\n\nBegins with empty lines and ends with blanks  \n \n',
  'Windows\r\nline\r\n\r\nends',
  'lone\rreturns\rand\nall\r\nkinds',
  '</textarea><script>alert(1)</script> &amp; &lt; &#10; &copy',
  'tab\there, zero\u200bwidth, \u2028 separator, \ufeff mark, é é, 👩🏽‍🚀, עברית, \u000b \u0001',
  '',
]
const strangeArticle = {
  ...{ title: 'Strange', dek: '', section: 'security', tags: [], authors: [], status: 'draft' as const },
  ...{ quickNote: true, formerSlugs: [], corrections: [] },
}

async function page(browser: Browser, url: string, person: Colleague): Promise<Page> {
  return (await browserOf(browser, url, person, { javaScriptEnabled: false })).newPage()
}
