import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { programFolder } from '../../src/config.js'
import { describeInBrowser } from '../support/browser.js'
import { type Colleague, colleague } from '../support/desk.js'
import { openSampleEdition } from '../support/edition.js'
import { browserOf, listening, openEditor, saved, signIn, tabTo } from '../support/editor.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { openNewsroom } from '../support/newsroom.js'
import { axeViolations } from '../support/page-checks.js'
import { sharedByTests } from '../support/press.js'

describeInBrowser('the editor', browser => {
  const newsroom = sharedByTests(async () => {
    const press = await openNewsroom({ RATE_LIMITS: 'off' })
    const writer = await colleague(press, 'author', 'Ann Writer')
    const bert = await colleague(press, 'editor', 'Bert Editor')
    return { press, url: await listening(press), writer, bert }
  })
  const paper = sharedByTests(async () => {
    const press = await openSampleEdition({ RATE_LIMITS: 'off' })
    return { press, url: await listening(press), editor: await colleague(press, 'editor') }
  })
  /** An article and a browser of the test's own; the newsroom and who works there serve all tests. */
  const begin = async (options = {}) => {
    const shared = await newsroom()
    const context = await browserOf(browser(), shared.url, shared.writer, options)
    return { ...shared, context, id: await newArticle(shared.writer) }
  }

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

  test('keeps what was written without a connection through a crash, and offers it back', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { title: 'Harbour', body: 'Saved.' })
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(' Not saved <b>yet</b>.')
    await page.locator('#save-state', { hasText: 'Not saved: no connection; kept in this browser' }).waitFor()
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }))
    expect(kept).toContain('sealed')
    // Neither as it was typed nor in base64.
    for (const offset of [0, 1, 2])
      expect(kept).not.toContain(btoa(`${' '.repeat(offset)}Not saved <b>yet`).slice(4, 16))
    expect(kept).not.toContain('Not saved')
    await page.close({ runBeforeUnload: false })
    const stranger = await openEditor(context, url, await newArticle(writer))
    expect(await stranger.locator('.editor-notices .notice').count()).toBe(0)
    await stranger.close()
    const again = await openEditor(context, url, id)
    const notice = again.locator('.editor-notices .notice')
    expect(await notice.innerText()).toMatch(/This browser has a newer copy from \d\d:\d\d/)
    await notice.locator('button', { hasText: 'Compare' }).click()
    expect(await again.locator('dialog ins').allInnerTexts()).toEqual([' Not saved <b>yet</b>.'])
    await again.locator('dialog button', { hasText: 'Restore' }).click()
    await saved(again)
    expect((await formFields(writer, id)).body).toBe('Saved. Not saved <b>yet</b>.')
    expect(await notice.count()).toBe(0)
    expect(await copies(again)).toEqual([])
  })

  test('saves by itself when the connection is back', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await context.setOffline(true)
    await page.locator('.cm-content').focus()
    await page.keyboard.type('Written in a tunnel.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await context.setOffline(false)
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Written in a tunnel.')
  })

  test('forgets a copy that the writer discards', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await type(page, 'Not wanted.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.close({ runBeforeUnload: false })
    const again = await openEditor(context, url, id)
    await again.locator('.editor-notices button', { hasText: 'Discard' }).click()
    expect(await again.locator('.editor-notices .notice').count()).toBe(0)
    expect(await copies(again)).toEqual([])
    expect(await again.locator('#body').inputValue()).toBe('')
  })

  test('does not offer a copy to another account in the same browser', async () => {
    const { url, bert, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await page.locator('.cm-content').focus()
    await page.keyboard.type('Mine alone.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.close({ runBeforeUnload: false })
    await context.clearCookies()
    await signIn(context, url, bert)
    const other = await openEditor(context, url, id)
    expect(await other.locator('.editor-notices .notice').count()).toBe(0)
    expect(await copies(other)).toHaveLength(1)
  })

  test('shows both texts when somebody else saved in between, and loses neither', async () => {
    const { url, writer, bert, context, id } = await begin()
    await save(writer, id, { title: 'Harbour', body: 'The harbour opens on Monday.' })
    const mine = await openEditor(context, url, id)
    const theirs = await openEditor(await browserOf(browser(), url, bert), url, id)
    expect(await theirs.locator('#others').innerText()).toContain('Ann Writer has this article open too')
    await type(theirs, ' Bert was here.')
    await saved(theirs)
    await type(mine, ' Ann was here.')
    const dialog = mine.locator('dialog')
    await dialog.waitFor()
    expect(await mine.locator('#save-state').innerText()).toBe(
      'Not saved: Bert Editor saved this article in between',
    )
    expect(await dialog.locator('.side').allInnerTexts()).toEqual([
      'The harbour opens on Monday. Ann was here.',
      'The harbour opens on Monday. Bert was here.',
    ])
    expect(await dialog.locator('del').innerText()).toContain('Ann')
    expect(await dialog.locator('ins').innerText()).toContain('Bert')
    expect(await axeViolations(mine)).toEqual([])
    await dialog.locator('button', { hasText: 'Keep mine' }).click()
    await saved(mine)
    expect((await formFields(writer, id)).body).toBe('The harbour opens on Monday. Ann was here.')
    expect(await mine.locator('#others').innerText()).toContain('Bert Editor')
    await type(theirs, ' Again.')
    await theirs.locator('dialog button', { hasText: 'Take theirs' }).click()
    await theirs.locator('dialog').waitFor({ state: 'detached' })
    await saved(theirs)
    expect(await theirs.locator('#body').inputValue()).toBe('The harbour opens on Monday. Ann was here.')
    const { body } = await bert.get(`/admin/articles/${id}/revisions`)
    const [, number] = /revision (\d+)"[^>]*>[\s\S]*?not saved: somebody else was first/.exec(
      body.slice(body.lastIndexOf('<tr>', body.indexOf('not saved: somebody'))),
    ) as RegExpExecArray
    const kept = await bert.get(`/admin/articles/${id}/revisions/compare?from=${number}&to=${number}`)
    expect(kept.body).toContain('The harbour opens on Monday. Bert was here. Again.')
  })

  test('merges two texts by hand', async () => {
    const { url, writer, bert, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await save(bert, id, { body: 'Bert’s.' })
    await type(page, 'Ann’s.')
    await page.locator('dialog summary').click()
    await page.locator('#merged').fill('Ann’s and Bert’s.')
    await page.locator('dialog button', { hasText: 'Save the merged text' }).click()
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Ann’s and Bert’s.')
  })

  test('says that the session has ended, keeps the text, and saves after signing in again', async () => {
    const { url, writer, context, id, press } = await begin()
    const page = await openEditor(context, url, id)
    await context.clearCookies()
    await type(page, 'Still here.')
    await page.locator('#save-state', { hasText: 'your session has ended; kept in this browser' }).waitFor()
    expect(await page.locator('.editor-notices a').getAttribute('href')).toBe('/admin/sign-in')
    await signIn(context, url, await signedInAgain(press, writer))
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Still here.')
  })

  test('never has two saves in flight, and saves what was written meanwhile', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    let flying = 0
    const most: number[] = []
    await page.route(`${url}/admin/articles/${id}`, async route => {
      flying += 1
      most.push(flying)
      await new Promise(resolve => setTimeout(resolve, 700))
      flying -= 1
      await route.continue()
    })
    await type(page, 'One.')
    await page.locator('#save-state', { hasText: 'Saving…' }).waitFor()
    await type(page, ' Two.')
    await page.keyboard.press('Control+s')
    await page.keyboard.press('Control+s')
    await saved(page)
    await expect.poll(async () => (await formFields(writer, id)).body).toBe('One. Two.')
    await expect.poll(() => flying).toBe(0)
    expect(Math.max(...most)).toBe(1)
    expect(most.length).toBeGreaterThan(1)
  })

  test('asks before leaving only as long as something is not saved', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    const asked: string[] = []
    page.on('dialog', dialog => {
      asked.push(dialog.type())
      void dialog.accept()
    })
    await type(page, 'One.')
    await saved(page)
    await page.reload()
    await page.locator('.cm-content').waitFor()
    expect(asked).toEqual([])
    await page.route('**/admin/articles/*', route =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await type(page, 'Two.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.reload()
    expect(asked).toEqual(['beforeunload'])
  })

  test('saves in place by its button, and says beside the field what cannot be saved', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await page.locator('#title').fill('A title of its own')
    expect(await page.locator('#title-count').innerText()).toBe('18 characters')
    await page.locator('#canonicalUrl').evaluate(field => field.closest('details')?.setAttribute('open', ''))
    await page.locator('#canonicalUrl').fill('nowhere')
    await page.locator('.edit-bar button', { hasText: /^Save$/ }).click()
    await page.locator('#save-state', { hasText: 'Not saved:' }).waitFor()
    expect(await page.locator('#canonicalUrl').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#canonicalUrl-problem').innerText()).toMatch(/must be whole/)
    await page.locator('#canonicalUrl').fill('')
    await saved(page)
    expect(await page.locator('#canonicalUrl-problem').count()).toBe(0)
    expect((await formFields(writer, id)).title).toBe('A title of its own')
    expect(page.url()).toBe(`${url}/admin/articles/${id}`)
  })

  test('draws tables, and shows their text where the cursor is', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: 'Before.\n\n| a | **b** |\n|---|---|\n| 1 | 2 |\n\nAfter.' })
    const page = await openEditor(context, url, id)
    const table = page.locator('.cm-drawn-table')
    expect(await table.locator('th strong').innerText()).toBe('b')
    await table.locator('td').last().click()
    expect(await table.count()).toBe(0)
    await page.keyboard.type('x')
    expect(await page.locator('#body').inputValue()).toContain('| 1 | x2 |')
    await page.locator('[aria-label="Add a column"]').click()
    expect(await page.locator('#body').inputValue()).toContain('| 1 | x2 |  |')
    await page.keyboard.press('Control+Home')
    expect(await table.count()).toBe(1)
    for (let line = 0; line < 2; line++) await page.keyboard.press('ArrowDown')
    expect(await table.count()).toBe(0)
  })

  test('fills the screen with the text alone, and gives the page back on Escape', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+Alt+w')
    expect(await page.locator('#title').evaluate(field => field.closest('[inert]') !== null)).toBe(true)
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await page.locator('[inert]').count()).toBe(0)
    await page.keyboard.press('Alt+F10')
    expect(await page.evaluate(() => document.activeElement?.parentElement?.parentElement?.role)).toBe(
      'toolbar',
    )
  })

  test('chooses the picture at the top from the library, with its texts', async () => {
    const { url, editor } = await paper()
    const context = await browserOf(browser(), url, editor)
    const id = await newArticle(editor)
    const page = await openEditor(context, url, id)
    await page
      .locator('[data-picture-picker]')
      .evaluate(box => box.closest('details')?.setAttribute('open', ''))
    await page.locator('[data-picture-picker] button').click()
    await page.locator('#shelf-search').fill('hand-press')
    await expect.poll(() => page.locator('.picture-shelf li').count()).toBe(1)
    await page.locator('.picture-shelf button').click()
    await page.locator('[data-picture-picker] img').waitFor()
    await saved(page)
    await expect.poll(async () => (await formFields(editor, id)).heroMedia).toBeTruthy()
    expect((await formFields(editor, id)).heroAlt).toBeTruthy()
  })

  test('tells within a heartbeat who has opened the article too', async () => {
    const { url, bert, context, id } = await begin()
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(`${url}/admin/articles/${id}`)
    await page.locator('.cm-content').waitFor()
    expect(await page.locator('#others').innerText()).toBe('')
    await bert.get(`/admin/articles/${id}`)
    await page.clock.fastForward(20_000)
    await page.locator('#others', { hasText: 'Bert Editor has this article open too' }).waitFor()
  })

  test('shows the live preview beside the text and draws it again after a save', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await type(page, 'First words.')
    await saved(page)
    await page.keyboard.press('Control+Alt+v')
    const preview = page.frameLocator('iframe.live-preview')
    await preview.getByText('First words.').waitFor()
    await type(page, ' And more of them.')
    await preview.getByText('First words. And more of them.').waitFor()
    await page.keyboard.press('Control+Alt+v')
    expect(await page.locator('iframe').count()).toBe(0)
  })

  test('sends a text of novel length whole, also by a button that leads to another page', async () => {
    const { url, writer, context, id } = await begin()
    const long = 'All work and no play makes a dull paper. '.repeat(6_000)
    await save(writer, id, { body: long })
    const page = await openEditor(context, url, id)
    await type(page, 'The end.')
    await page.locator('button[formaction$="/preview"]').click()
    await page.waitForURL(/\/preview$/)
    expect((await formFields(writer, id)).body).toBe(`${long}The end.`)
  })

  test('moves items of a list in and out by Tab', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: '1. one\n2. two' })
    const page = await openEditor(context, url, id)
    await type(page, '')
    await page.keyboard.press('Tab')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n   2. two')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.type('three')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n2. two\n3. three')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('After.')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n2. two\n3. three\n\nAfter.')
  })

  test('suggests tags for the one that is being typed', async () => {
    const { press, url, context, id } = await begin()
    await press.publish({ tags: ['ink', 'paper'] })
    const page = await openEditor(context, url, id)
    await page.locator('#tags').fill('ink, pa')
    const offered = await page
      .locator('#known-tags option:not([disabled])')
      .evaluateAll(options => options.map(option => (option as HTMLOptionElement).value.toLowerCase()))
    expect(offered).toEqual(['ink, paper'])
  })

  test('uploads a picture, asks for its alt text and shows it under its line', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await type(page, 'Before.')
    await page.keyboard.press('Control+Alt+p')
    const buffer = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#a02d1b' } })
      .png()
      .toBuffer()
    await page.locator('#upload').setInputFiles({ name: 'Red wall.png', mimeType: 'image/png', buffer })
    await page.locator('dialog [name="alt"]').waitFor()
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    expect(await page.locator('dialog .error:visible').innerText()).toMatch(/Describe the picture, or tick/)
    expect(await axeViolations(page)).toEqual([])
    await page.locator('dialog [name="alt"]').fill('A red wall')
    await page.locator('dialog [name="caption"]').fill('The wall')
    await page.locator('dialog [name="credit"]').fill('A. Nyone')
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    const image = page.locator('.cm-figure img')
    await image.waitFor()
    expect(
      await image.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth)),
    ).toBeGreaterThan(0)
    expect(await page.locator('#body').inputValue()).toMatch(
      /^Before\.\n\n!\[A red wall\]\(\S+ "The wall \| A\. Nyone"\)\n$/,
    )
    await pasteFile(page, buffer.toString('base64'))
    await page.locator('dialog [name="decorative"]').check()
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    await expect.poll(() => page.locator('#body').inputValue()).toMatch(/\n\n!\[\]\(\S+\)\n$/)
    await dropFile(page, buffer.toString('base64'))
    await page.locator('dialog [name="alt"]').fill('Dropped')
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    await expect.poll(() => page.locator('#body').inputValue()).toMatch(/!\[Dropped\]\(\S+\)\n/)
    await pasteFile(page, Buffer.from('no picture').toString('base64'))
    expect(await page.locator('.upload-list .error').innerText()).toBeTruthy()
  })

  test('runs nothing of a hostile text, even without a Content-Security-Policy', async () => {
    const { press, url, writer, context, id } = await begin({ bypassCSP: true })
    const attack = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    const body = [
      attack,
      `# ${attack}`,
      `[a](javascript:window.ran=1) ![${attack}](javascript:window.ran=1 "${attack.replaceAll('"', '\\"')}")`,
      '![b](https://elsewhere.example/x.png) ![c](//elsewhere.example/x.png) ![d](/media/../admin/sign-out)',
      `::: report outlet="${attack.replaceAll('"', '\\"')}" url="javascript:window.ran=1"\n${attack}\n:::`,
      `::: note\n<svg onload="window.ran=1">\n:::`,
      `| ${attack} |\n|---|\n| <iframe src="javascript:window.ran=1"> |`,
      `[^1]: <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.ran=1&gt;">`,
    ].join('\n\n')
    await save(writer, id, { title: attack, dek: attack, tags: 'a', body })
    const requests: string[] = []
    context.on('request', request => requests.push(request.url()))
    const page = await openEditor(context, url, id)
    const hostile = await colleague(press, 'editor', 'Bert <b onclick="window.ran=1">B')
    await save(hostile, id, { body: `${body}\n\n${attack}` })
    await type(page, 'x')
    await page.locator('dialog .side').first().waitFor()
    await page.keyboard.press('Escape')
    for (const edit of await page.locator('.cm-edit').all()) {
      await edit.click()
      await page.keyboard.press('Escape')
    }
    expect(await page.evaluate(() => Reflect.get(window, 'ran'))).toBeUndefined()
    expect(await page.locator('.editor :is(script, iframe, svg [onload], [onerror], style)').count()).toBe(0)
    expect(requests.filter(address => !address.startsWith(url))).toEqual([])
  })

  test.each(['light', 'dark'] as const)('has no axe violations with dialogs open (%s)', async colorScheme => {
    const { url, writer, context, id } = await begin({ colorScheme })
    const body = [
      '## Heading\n\nText with **bold**, *italic*, [a link](https://example.org), `code` and a note.[^1]',
      '- one\n- two\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![missing](nowhere.png "Caption | Credit")',
      '::: report outlet="The Post" byline="A. B." published="2020-12-21"\nReported.\n:::\n\n::: note\nNote.\n:::',
      '::: pullquote\nQuote.\n:::\n\n<b>raw</b>\n\n---\n\n[^1]: The note.\n',
    ].join('\n\n')
    await save(writer, id, { title: 'All of it', body })
    const page = await openEditor(context, url, id)
    expect(await axeViolations(page)).toEqual([])
    for (const key of ['Control+k', 'Control+Alt+t', 'Control+Alt+r', 'Control+Alt+n', 'Control+Alt+p']) {
      await page.locator('.cm-content').focus()
      await page.keyboard.press(key)
      await page.locator('dialog[open]').waitFor()
      expect(await axeViolations(page), key).toEqual([])
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    await page.keyboard.press('Control+f')
    await page.locator('.cm-search').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})

function idsBySlug(dataDir: string): Map<string, string> {
  const database = new Database(path.join(dataDir, 'site.db'), { readonly: true })
  const rows = database.prepare('select slug, id from articles').all() as { slug: string; id: string }[]
  database.close()
  return new Map(rows.map(({ slug, id }) => [slug, id]))
}

/** Lets nothing of one page reach the server any more: a whole browser that came back would save before the page is gone. */
async function cutOff(page: Page): Promise<void> {
  await page.route('**', route => route.abort('internetdisconnected'))
}

async function type(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(text)
}

function copies(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('handpress/copy/')))
}

async function pasteFile(page: Page, base64: string): Promise<void> {
  await page.evaluate(content => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }))
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    document.querySelector('.cm-content')?.dispatchEvent(paste)
  }, base64)
}

async function dropFile(page: Page, base64: string): Promise<void> {
  await page.evaluate(content => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0))
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }))
    const line = document.querySelector('.cm-line')
    const { left: clientX = 0, top: clientY = 0 } = line?.getBoundingClientRect() ?? {}
    line?.dispatchEvent(
      new DragEvent('drop', { dataTransfer, clientX, clientY, bubbles: true, cancelable: true }),
    )
  }, base64)
}

/** A new session of the same person. */
async function signedInAgain(press: Parameters<typeof colleague>[0], writer: Colleague): Promise<Colleague> {
  const answer = await press.http.inject({
    method: 'POST',
    url: '/admin/sign-in',
    payload: new URLSearchParams({
      email: 'ann.writer@example.org',
      password: 'seven horses on a green hill',
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return { ...writer, cookie }
}
