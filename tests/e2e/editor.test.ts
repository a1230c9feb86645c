import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { describeInBrowser } from '../support/browser.js'
import { browserOf, openEditor, paperAtWork, saved, tabTo, type, writersAtWork } from '../support/editor.js'
import { formFields, save } from '../support/manuscripts.js'

describeInBrowser('writing in the editor', browser => {
  const { begin } = writersAtWork(browser)
  const paper = paperAtWork()

  test('writes, formats and credits a report by keyboard alone, and saves by itself', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    const { keyboard } = page
    await tabTo(page, '#title')
    await keyboard.type('Ink is dear')
    await keyboard.press('Tab')
    await keyboard.type('And paper too.')
    await tabTo(page, '.cm-content')
    await keyboard.type('Prices')
    await keyboard.press('Control+Alt+2')
    await keyboard.press('Enter')
    await keyboard.type('They rose by ')
    await keyboard.press('Control+b')
    await keyboard.type('a third')
    await keyboard.press('Control+b')
    await keyboard.press('End')
    await keyboard.type(' since May.')
    await keyboard.press('Control+Alt+r')
    await tabTo(page, 'dialog [name="outlet"]')
    await keyboard.press('Enter')
    expect(await page.locator('dialog .error:visible').innerText()).toBe('Name the outlet that reported it.')
    await keyboard.type('The "Harbour" Post')
    await tabTo(page, 'dialog [name="headline"]')
    await keyboard.type('Ships late')
    await tabTo(page, 'dialog [name="text"]')
    await keyboard.type('Three ships came late.')
    await tabTo(page, 'dialog button:not([type])')
    await keyboard.press('Enter')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await saved(page)
    const expected =
      '## Prices\n\nThey rose by **a third** since May.\n\n' +
      '::: report outlet="The \\"Harbour\\" Post" headline="Ships late"\nThree ships came late.\n:::\n'
    expect(await page.locator('#body').inputValue()).toBe(expected)
    const stored = await formFields(writer, id)
    expect(stored).toMatchObject({ title: 'Ink is dear', dek: 'And paper too.', body: expected })
  })

  test('lets the Tab key leave everywhere but in tables, and there after Escape', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: 'Text.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n' })
    const page = await openEditor(context, url, id)
    const inText = () => page.evaluate(() => document.activeElement?.matches('.cm-content'))
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Tab')
    expect(await inText()).toBe(false)
    await page.keyboard.press('Shift+Tab')
    expect(await inText()).toBe(true)
    for (let line = 0; line < 2; line++) await page.keyboard.press('ArrowDown')
    for (let cell = 0; cell < 3; cell++) await page.keyboard.press('Tab')
    await page.keyboard.type('one')
    expect(await page.locator('#body').inputValue()).toContain('| one | 2 |')
    expect(await inText()).toBe(true)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await inText()).toBe(false)
  })

  test('has a toolbar that is one stop for Tab, and goes from tool to tool by the arrows', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await page.locator('.cm-content').focus()
    await page.keyboard.type('word')
    await tabTo(page, '[role="toolbar"] button', 'Shift+Tab')
    const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
    expect(await label()).toBe('Heading')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await label()).toBe('Bold')
    await page.keyboard.press('Enter')
    expect(await page.locator('#body').inputValue()).toBe('**word**')
    expect(await page.locator('[aria-label="Bold"]').getAttribute('aria-pressed')).toBe('true')
    await tabTo(page, '[role="toolbar"] button', 'Shift+Tab')
    expect(await label()).toBe('Bold')
    await page.keyboard.press('End')
    expect(await label()).toBe('Live preview')
  })

  test.each([
    ['Heading', 'Control+Alt+2', '## word'],
    ['Smaller heading', 'Control+Alt+3', '### word'],
    ['Bold', 'Control+b', '**word**'],
    ['Italic', 'Control+i', '*word*'],
    ['Bulleted list', 'Control+Shift+8', '- word'],
    ['Numbered list', 'Control+Shift+7', '1. word'],
    ['Quotation', 'Control+Shift+9', '> word'],
    ['Footnote', 'Control+Alt+f', 'word[^1]\n\n[^1]: '],
  ])('%s by its button and by %s, and both are undone', async (label, key, expected) => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: 'word' })
    const page = await openEditor(context, url, id)
    const text = () => page.locator('#body').inputValue()
    const tool = page.getByRole('button', { name: label, exact: true })
    const spoken = key.replace('Control', 'Ctrl').replace(/[a-z]$/, letter => letter.toUpperCase())
    expect(await tool.getAttribute('title')).toBe(`${label} (${spoken})`)
    await type(page, '')
    for (const act of [() => page.keyboard.press(key), () => tool.click()]) {
      await act()
      expect(await text()).toBe(expected)
      await page.keyboard.press('Control+z')
      expect(await text()).toBe('word')
      await page.keyboard.press('Control+End')
    }
  })

  test('gives back the articles of the sample edition byte for byte', async () => {
    const { press, url, editor } = await paper()
    const context = await browserOf(browser(), url, editor)
    const page = await context.newPage()
    const ids = idsBySlug(press.dataDir)
    const folder = path.join(programFolder, 'data/sample')
    const texts = readdirSync(folder)
      .filter(name => name.endsWith('.md'))
      .map(name => readFileSync(path.join(folder, name), 'utf8'))
    expect(texts.length).toBeGreaterThan(10)
    for (const text of texts) {
      const [, slug = ''] = /^slug: (.+)$/m.exec(text) ?? []
      await page.goto(`${url}/admin/articles/${ids.get(slug)}`)
      await page.locator('.cm-content').waitFor()
      // Typing and undoing makes the editor write its text to the form.
      await page.locator('.cm-content').focus()
      await page.keyboard.type('x')
      await page.keyboard.press('Control+z')
      const value = await page.locator('#body').inputValue()
      expect(value).toBe(text.slice(text.indexOf('\n---\n') + 5))
    }
  })

  test('keeps line ends of every kind, characters without width and blanks at both ends', async () => {
    const { url, writer, context, id } = await begin()
    const anything = fc.sample(fc.string({ unit: 'grapheme' }), { seed: 7, numRuns: 300 }).join('\n')
    const body = `${anything.replaceAll('\0', '')}\n\nOne\r\ntwo\rthree\t\u200b\ufeff\u2028four 👩‍🚀 שלום  \r\n\r\n## End\n \r\n`
    await save(writer, id, { body, exact: '1' })
    const page = await openEditor(context, url, id)
    const [request] = await Promise.all([
      page.waitForRequest(sent => sent.method() === 'POST' && !sent.url().endsWith('/presence')),
      (async () => {
        await page.locator('.cm-content').focus()
        await page.keyboard.press('Control+End')
        await page.keyboard.type('x')
      })(),
    ])
    expect(new URLSearchParams(request.postData() ?? '').get('body')).toBe(`${body}x`)
    await saved(page)
    await page.reload()
    await page.locator('.cm-content').waitFor()
    const exact = await page.evaluate(() => document.getElementById('body')?.dataset.exact)
    expect(JSON.parse(exact ?? '""')).toBe(`${body}x`)
  })
})

function idsBySlug(dataDir: string): Map<string, string> {
  const database = new Database(path.join(dataDir, 'site.db'), { readonly: true })
  const rows = database.prepare('select slug, id from articles').all() as { slug: string; id: string }[]
  database.close()
  return new Map(rows.map(({ slug, id }) => [slug, id]))
}
